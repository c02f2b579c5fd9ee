/** A user's channel: messages for one person, on all their devices. */
import type { Json } from "../protocol/json.ts";
import { Room } from "./room.ts";

export class UserChannel<Data = Json> extends Room<Data> {
  /** Messages of others that are not read on any device; null: not known yet. */
  get unreadCount(): number | null {
    return this.unread;
  }

  /** Marks everything up to `cursor` (default: all that came) as read, on all devices. Resolves with what is unread then. */
  async read(cursor: string | null = this.cursor): Promise<number> {
    if (!cursor) return this.unread ?? 0;
    const answer = await this.ask<{ cursor: string; unread: number }>("PUT", "read", { body: { cursor } });
    this.readTo(answer.cursor, answer.unread);
    return answer.unread;
  }
}
