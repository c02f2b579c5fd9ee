/** The outbox over a reload: what was not acknowledged is sent again by the next page, with the same ids. */
import { isObject, parseJson } from "../protocol/json.ts";
import type { Environment } from "./environment.ts";
import type { Draft } from "./outbox.ts";

export interface KeptOutbox {
  /** What an earlier page left, and whose it is; null: nobody knows. */
  readonly drafts: readonly Draft[];
  readonly user: string | null;
  /** Written once for all changes of one turn. */
  save(user: string | null, left: readonly Draft[]): void;
}

export function keptOutbox({ stored }: Pick<Environment, "stored">, key: string): KeptOutbox {
  const kept = parseJson(stored((store) => store.getItem(key)) ?? "");
  const { user, drafts } = isObject(kept) ? kept : {};
  let latest: Pick<KeptOutbox, "user" | "drafts"> | null = null;
  const write = () => {
    const text = latest?.drafts.length ? JSON.stringify(latest) : null;
    latest = null;
    stored((store) => (text === null ? store.removeItem(key) : store.setItem(key, text)));
  };
  return {
    user: typeof user === "string" ? user : null,
    drafts: Array.isArray(drafts) ? drafts.filter(isDraft) : [],
    save(user, drafts) {
      if (latest === null) queueMicrotask(write);
      latest = { user, drafts };
    },
  };
}

function isDraft(value: unknown): value is Draft {
  return isObject(value) && typeof value.id === "string" && typeof value.event === "string" && value.data !== undefined;
}
