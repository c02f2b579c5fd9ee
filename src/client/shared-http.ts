/**
 * The shared connection over HTTP: its own channel is read as ever, and beside it all others by one event stream, or, where
 * they are too many for one, by long polls of all (SPEC SUB-11 to SUB-13). A stream is for all of them or for none; which
 * of them it is that may not be read, a poll says.
 */
import type { SubscribeFrame } from "../protocol/frames.ts";
import { isObject, parseJson } from "../protocol/json.ts";
import { EdgewireError } from "./errors.ts";
import { dialEventStream, dialPoll, EventDecoder, newPoster, request } from "./later.ts";
import { type Dial, urlOf } from "./link.ts";
import { pathOf, seenBy } from "./shared-channel.ts";
import { newTimer } from "./timer.ts";

/** Channels that a stream carries. */
const STREAMED = 16;
/** s that a poll waits, and one in which something is new; and ms after which an answer does not come any more. */
const TIMEOUT = 25;
const FIRST = 0;
const PATIENCE = (TIMEOUT + 15) * 1000;
/** ms: what is subscribed to within this is asked for together. */
const TOGETHER = 10;
/** ms between two polls that bring nothing, and any of so many channels: to the service each is a subscription to all. */
const PAUSE = 1000;
/** ms: comments come every 15 s, so that after this silence a stream is dead; a service ends one before the other. */
const SILENCE = 40_000;
const LONGEST = 2 * 3_600_000;
const LOST = 1006;
const UNAUTHENTICATED = 4401;
const FORBIDDEN = 403;

interface Followed {
  readonly channel: string;
  readonly asked: SubscribeFrame;
  /** Until it is acknowledged. */
  ref: string | undefined;
  /** Null: from now on. */
  cursor: string | null;
  /** What its stream calls it: so that one does not hear what one says oneself. */
  connection: string | undefined;
  send: ReturnType<typeof newPoster>;
}

/** What a poll says of a channel, or its history. */
interface News {
  readonly code?: string;
  readonly detail?: string;
  readonly messages?: readonly unknown[];
  readonly cursor?: string;
  readonly gap?: object | null;
}

/** @param positionOf how far a channel was read, once something was heard of it */
export function sharedOverHttp(
  transport: "sse" | "poll",
  positionOf: (channel: string) => string | undefined,
  closeCodeOf: (code: string) => number,
): Dial {
  return (target, events, environment) => {
    const { now } = environment;
    const { token, origin, path } = target;
    const own = (transport === "sse" ? dialEventStream : dialPoll)(target, events, environment);
    const followed = new Map<string, Followed>();
    const silence = newTimer(environment);
    const rest = newTimer(environment);
    const soon = newTimer(environment);
    let wake = () => {};
    const over = new AbortController();
    let isStreaming = transport === "sse";
    /** Whether the stream is asked for without what not everybody may. */
    let isModest = false;
    /** Ended when what is followed is not what was asked for any more. */
    let round = new AbortController();

    const ask = <Answer>(method: string, url: string, more: object) =>
      request<Answer>(environment, method, url, { token, signals: [round.signal], ...more });
    const failed = (error: unknown) => {
      const { status, code, retryAfter } =
        error instanceof EdgewireError ? error : new EdgewireError("unreachable", "");
      events.closed(status ? 4000 + status : LOST, code, retryAfter);
    };
    const again = () =>
      soon.later(TOGETHER, () => {
        round.abort();
        round = new AbortController();
        wake();
      });

    const acknowledge = (each: Followed, subscribed: object) => {
      const { channel, ref } = each;
      each.ref = undefined;
      if (ref) events.frame({ ...subscribed, type: "ack", ref, channel });
    };
    /** Whether it may be read. */
    const take = (each: Followed, { code, detail = "", messages = [], cursor, gap }: News): boolean => {
      const { channel, ref } = each;
      if (followed.get(channel) !== each) return true;
      each.cursor = cursor ?? each.cursor;
      if (code) {
        followed.delete(channel);
        if (ref) events.frame({ type: "error", ref, channel, code, message: detail });
        else events.frame({ type: "unsubscribed", channel, code: closeCodeOf(code), reason: code });
        return false;
      }
      const resume = gap ? "gap" : messages.length > 0 ? "replay" : "live";
      if (each.cursor) acknowledge(each, { connection: "", cursor: each.cursor, resume });
      if (gap) events.frame({ ...gap, type: "gap", channel });
      if (messages.length > 0) events.frame({ type: "messages", channel, messages });
      return true;
    };
    const places = () => [...followed.values()].map((each) => [each, positionOf(each.channel) ?? each.cursor] as const);

    /** None of them looks back: what was said last is in the history. */
    const lookBack = async (each: Followed) => {
      const { channel, asked } = each;
      if (!each.ref || !asked.rewind || each.cursor) return;
      const query = { limit: asked.rewind };
      const page = ask<News>("GET", urlOf({ origin, path: pathOf(channel), query }, "messages"), {});
      take(
        each,
        await page.catch((error) => {
          if (!(error instanceof EdgewireError) || !error.status) throw error;
          return { code: error.code, detail: error.message };
        }),
      );
    };
    const poll = async (timeout: number) => {
      const asked = places();
      const cursors = Object.fromEntries(asked.map(([{ channel }, cursor]) => [channel, cursor]));
      const url = urlOf({ origin, path, query: {} }, "poll");
      const answer = await ask<{ channels: Record<string, News> }>("POST", url, {
        body: { cursors, timeout },
        patience: PATIENCE,
      });
      if (!isObject(answer?.channels)) throw new Error("no answer to a poll");
      let areAllowed = true;
      for (const [each] of asked) areAllowed = take(each, answer.channels[each.channel] ?? {}) && areAllowed;
      // Without those the stream can be for all again.
      if (!areAllowed) [isStreaming, isModest] = [transport === "sse", false];
      return Object.keys(answer.channels).length > 0;
    };

    const stream = async () => {
      const asked = places();
      const options = asked.map(([each]) => each.asked);
      const presence = (["members", "count"] as const).find((mode) => options.some((each) => each.presence === mode));
      const query = isModest ? {} : { member: options.every(({ member }) => member !== false) ? 1 : 0, presence };
      const channels = asked.map(
        ([{ channel }, cursor]) => ["channel", cursor ? `${channel}@${cursor}` : channel] as [string, string],
      );
      const url = `${urlOf({ origin, path, query }, "events")}&${new URLSearchParams(channels)}`;
      const { signal } = round;
      await ask("GET", url, {
        patience: LONGEST,
        async read(body: ReadableStream<Uint8Array>) {
          const reader = body.getReader();
          const [text, decoder] = [new TextDecoder(), new EventDecoder()];
          for (let part = await reader.read(); !part.done && !signal.aborted; part = await reader.read()) {
            silence.later(SILENCE, () => failed(null));
            for (const { name, data } of decoder.decode(text.decode(part.value, { stream: true }))) {
              const value = parseJson(data);
              if (!signal.aborted && isObject(value)) tell(name, value);
            }
          }
        },
      });
    };
    const tell = (name: string, { channel, ...fields }: Record<string, unknown>) => {
      const { code, reason, connection, ...welcome } = fields;
      if (name === "end" && code === UNAUTHENTICATED) return events.closed(code, String(reason));
      const each = followed.get(channel as string);
      // Its own channel comes over its own connection, too.
      if (!each) return;
      const mode = each.asked.presence ?? "none";
      if (name === "unsubscribed") followed.delete(each.channel);
      if (name === "welcome") {
        each.connection = connection as string;
        const { presence, ...rest } = welcome;
        if (each.ref)
          acknowledge(each, { ...rest, connection, ...(mode !== "none" && { presence: seenBy(mode, presence) }) });
        else if (presence) tell("presence", { ...(presence as object), channel });
        // What the stream could say of its member would hold for all of its channels.
        if (each.asked.data !== undefined) each.send({ type: "presence", data: each.asked.data });
      } else if (name === "message") events.frame({ type: "messages", channel, messages: [fields] });
      else if (name === "signal") events.frame({ type: "signals", channel, signals: [fields] });
      else if (name !== "presence") events.frame({ ...fields, type: name, channel });
      else if (mode !== "none") events.frame({ ...seenBy(mode, fields), type: name, channel });
    };

    const hasNew = () => [...followed.values()].some(({ ref }) => ref);
    const followAll = async () => {
      while (!over.signal.aborted) {
        const began = now();
        const isNew = hasNew();
        const isStream = isStreaming && followed.size <= STREAMED;
        const { signal } = round;
        let hasNews = false;
        try {
          await Promise.all([...followed.values()].map(lookBack));
          if (isStream && followed.size > 0) await stream();
          else if (followed.size > 0) hasNews = await poll(isNew ? FIRST : TIMEOUT);
        } catch (error) {
          if (isStream && (error as EdgewireError).status === FORBIDDEN) {
            // Not all may be a member, or see who is; or one may not be read: a poll says which.
            isStreaming = !isModest;
            isModest = hasNews = true;
          } else if (!signal.aborted) return failed(error);
        }
        silence.cancel();
        // Once it is known where all of them stand, what comes is waited for.
        const goesOn = isNew ? hasNews || !hasNew() : hasNews && followed.size <= STREAMED;
        if (signal.aborted || goesOn) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (followed.size > 0) rest.later(began + PAUSE - now(), resolve);
        });
      }
    };
    void followAll();

    return {
      transport,
      send(frame) {
        const { type, channel } = frame as SubscribeFrame;
        if (!channel) return own.send(frame);
        if (type === "subscribe") {
          const each: Followed = {
            ...{ channel, asked: frame as SubscribeFrame, ref: frame.ref, connection: undefined },
            cursor: (frame as SubscribeFrame).after ?? null,
            send: newPoster(
              (method, endpoint, body) => {
                const query = { connection: each.connection };
                const url = urlOf({ origin, path: pathOf(channel), query }, endpoint);
                return request(environment, method, url, { token, body, signals: [over.signal] });
              },
              (value) => events.frame({ ...(value as object), channel }),
              true,
              failed,
            ),
          };
          followed.set(channel, each);
          again();
        } else if ((type as string) === "unsubscribe") {
          followed.delete(channel);
          again();
        } else followed.get(channel)?.send(frame);
      },
      close() {
        own.close();
        over.abort();
        round.abort();
        for (const timer of [silence, rest, soon]) timer.cancel();
        wake();
      },
    };
  };
}
