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

  /** Whether there is something to answer with, and nothing more that is there already. */
  get isReady(): boolean {
    return this.#hasNews && this.#haveAllBegun;
  }

  /** Whether it can be answered when the time is up: with what there is, or with nothing where there is nothing. */
  get isLive(): boolean {
    return this.#hasNews || this.#haveAllBegun;
  }

  get #hasNews(): boolean {
    return this.#refused.size > 0 || [...this.#answers.values()].some(({ isReady }) => isReady);
  }

  get #haveAllBegun(): boolean {
    return [...this.#answers].every(
      ([channel, { isLive, isReady }]) => isLive || isReady || this.#refused.has(channel),
    );
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
