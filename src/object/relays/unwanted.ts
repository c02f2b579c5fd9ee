/** Messages that connections of a relay have published and do not want back (`echo=0`), until they come down. */
import type { Entry } from "../../core/batch.ts";
import type { Draft } from "../../core/publish.ts";
import { keyOf } from "../../core/recent-ids.ts";
import type { Session } from "../../core/session.ts";
import type { Published } from "../../core/upstream.ts";
import type { Failure } from "../../protocol/codes.ts";
import type { Cursor } from "../../protocol/cursor.ts";
import type { NamedDraft } from "./calls.ts";

export class Unwanted {
  /** By user and id: a session may try one id with several messages. */
  readonly #drafts = new Map<string, { readonly session: Session; readonly draft: NamedDraft }[]>();

  /** The session publishes these. */
  add(session: Session, drafts: readonly NamedDraft[]): void {
    if (session.echo) return;
    for (const draft of drafts) {
      const key = keyOf(draft.user, draft.id);
      this.#drafts.set(key, [...(this.#drafts.get(key) ?? []), { session, draft }]);
    }
  }

  /** Who has published a message which has come down now, and does not want it back; null: nobody. */
  take({ user, id, text }: Pick<Entry, "user" | "id" | "text">): Session | null {
    const tries = this.#drafts.get(keyOf(user, id));
    if (tries === undefined) return null;
    // Another device of the same user may have used that id for another message, and been faster.
    const { event, data } = JSON.parse(text) as Draft;
    const dataText = JSON.stringify(data);
    const own = tries.filter(({ draft }) => draft.event === event && JSON.stringify(draft.data) === dataText);
    for (const { draft } of own) this.#forget(draft);
    return own[0]?.session ?? null;
  }

  /**
   * The room has answered: forgets what will not come down any more.
   * @param here up to where its log is here
   */
  settled(drafts: readonly NamedDraft[], outcome: Published | Failure | null, here: Cursor): void {
    if (this.#drafts.size === 0) return;
    for (const [index, draft] of drafts.entries()) {
      const published = outcome !== null && "receipts" in outcome ? outcome : null;
      const seq = published?.receipts[index]?.seq ?? 0;
      if (published?.epoch !== here.epoch || seq <= here.seq) this.#forget(draft);
    }
  }

  #forget(draft: NamedDraft): void {
    const key = keyOf(draft.user, draft.id);
    const others = (this.#drafts.get(key) ?? []).filter((each) => each.draft !== draft);
    if (others.length > 0) this.#drafts.set(key, others);
    else this.#drafts.delete(key);
  }
}
