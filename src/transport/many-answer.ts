/** What one poll of many channels answers. (SPEC SUB-13) */
import { type Code, isCode } from "../protocol/codes.ts";
import { isObject, parseJson } from "../protocol/json.ts";
import type { Followed } from "./followed.ts";
import { PollAnswer } from "./poll-answer.ts";

export class ManyAnswer {
  /** It answers only with what has news: nothing has to be known of the others. */
  readonly isLive = true;
  readonly #own: string;
  readonly #answers = new Map<string, PollAnswer>();
  readonly #refused = new Map<string, Code>();

  constructor(own: string, channels: readonly Followed[]) {
    this.#own = own;
    for (const { address, cursor } of channels) this.#answers.set(address, new PollAnswer(cursor, null));
  }

  refuse(channel: string, code: Code): void {
    this.#refused.set(channel, code);
  }

  get isReady(): boolean {
    if (this.#refused.size > 0) return true;
    for (const answer of this.#answers.values()) if (answer.isReady) return true;
    return false;
  }

  take(text: string): void {
    const frame = parseJson(text);
    if (!isObject(frame)) return;
    const channel = typeof frame.channel === "string" ? frame.channel : this.#own;
    if (frame.type === "unsubscribed")
      this.#refused.set(channel, isCode(String(frame.reason)) ? (frame.reason as Code) : "overloaded");
    else this.#answers.get(channel)?.take(frame.type === "welcome" ? text : withoutChannel(text, channel));
  }

  toJson(): string {
    const channels: string[] = [];
    for (const [channel, answer] of this.#answers) {
      const code = this.#refused.get(channel);
      if (code !== undefined) channels.push(`${JSON.stringify(channel)}:{"code":"${code}"}`);
      else if (answer.isReady) channels.push(`${JSON.stringify(channel)}:${answer.toJson()}`);
    }
    for (const [channel, code] of this.#refused)
      if (!this.#answers.has(channel)) channels.push(`${JSON.stringify(channel)}:{"code":"${code}"}`);
    return `{"channels":{${channels.join(",")}}}`;
  }
}

/** The frame as it would come on a socket of its own: the channel stands right behind the type. */
function withoutChannel(text: string, channel: string): string {
  return text.replace(`,"channel":${JSON.stringify(channel)}`, "");
}
