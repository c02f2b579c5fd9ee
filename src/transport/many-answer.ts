/** What one poll of many channels answers. (SPEC SUB-13) */
import { type Code, isCode } from "../protocol/codes.ts";
import { isObject, parseJson } from "../protocol/json.ts";
import type { Followed } from "./followed.ts";
import { PollAnswer } from "./poll-answer.ts";

export class ManyAnswer {
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

  /** Whether all of them have said that they have nothing, or what, or that they may not be followed: before that nothing is answered. */
  get isLive(): boolean {
    for (const [channel, answer] of this.#answers)
      if (!answer.isLive && !answer.isReady && !this.#refused.has(channel)) return false;
    return true;
  }

  get isReady(): boolean {
    return this.isLive && this.hasNews;
  }

  /** Whether there is something to tell of those that have. */
  get hasNews(): boolean {
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
