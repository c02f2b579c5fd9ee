/** The outbox over a reload: what was not acknowledged is sent again by the next page, with the same ids. */
import { isObject, type Json, parseJson } from "../protocol/json.ts";
import type { Store } from "./environment.ts";
import type { Draft } from "./outbox.ts";

export class KeptOutbox {
  readonly #store: Store | null;
  readonly #key: string;
  /** What an earlier page left, and whose it is; null: nobody knows. */
  readonly drafts: readonly Draft[];
  readonly user: string | null;
  #latest: (() => readonly Draft[]) | null = null;

  /** @param store null: nothing is kept */
  constructor(store: Store | null, key: string) {
    this.#store = store;
    this.#key = key;
    const kept = parseJson(store?.getItem(key) ?? "");
    const { user = null, drafts = [] } = isObject(kept) ? kept : {};
    this.user = typeof user === "string" ? user : null;
    this.drafts = Array.isArray(drafts) ? drafts.filter(isDraft) : [];
  }

  /** Written once for all changes of one turn. `drafts` is asked then, and only if something is kept at all. */
  save(user: string | null, drafts: () => readonly Draft[]): void {
    if (this.#store === null) return;
    if (this.#latest === null) queueMicrotask(() => this.#write(user));
    this.#latest = drafts;
  }

  #write(user: string | null): void {
    const drafts = this.#latest?.() ?? [];
    this.#latest = null;
    if (drafts.length === 0) this.#store?.removeItem(this.#key);
    else this.#store?.setItem(this.#key, JSON.stringify({ user, drafts }));
  }
}

function isDraft(value: unknown): value is { id: string; event: string; data: Json } {
  return isObject(value) && typeof value.id === "string" && typeof value.event === "string" && value.data !== undefined;
}
