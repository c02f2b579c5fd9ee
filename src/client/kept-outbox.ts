/** The outbox over a reload: what was not acknowledged is sent again by the next page, with the same ids. */
import { isObject, parseJson } from "../protocol/json.ts";
import type { Environment } from "./environment.ts";
import type { Draft } from "./outbox.ts";

export interface KeptOutbox {
  /** What an earlier page left, and whose it is; null: nobody knows. */
  readonly drafts: readonly Draft[];
  readonly user: string | null;
  /** Written once for all changes of one turn; what is `left` is asked then. */
  save(user: string | null, left: () => readonly Draft[]): void;
}

export function keptOutbox({ stored }: Pick<Environment, "stored">, key: string): KeptOutbox {
  const kept = parseJson(stored((store) => store.getItem(key)) ?? "");
  const { user, drafts } = isObject(kept) ? kept : {};
  let latest: { user: string | null; left: () => readonly Draft[] } | null = null;
  const write = () => {
    const drafts = latest?.left() ?? [];
    const text = drafts.length ? JSON.stringify({ user: latest?.user, drafts }) : null;
    latest = null;
    stored((store) => (text === null ? store.removeItem(key) : store.setItem(key, text)));
  };
  return {
    user: typeof user === "string" ? user : null,
    drafts: Array.isArray(drafts) ? drafts.filter(isDraft) : [],
    save(user, left) {
      if (latest === null) queueMicrotask(write);
      latest = { user, left };
    },
  };
}

function isDraft(value: unknown): value is Draft {
  return isObject(value) && typeof value.id === "string" && typeof value.event === "string" && value.data !== undefined;
}
