/**
 * Long poll of many channels at once, through the user's own object, which follows them as long as the poll is open.
 * (SPEC SUB-13)
 */
import { MOST_POLLED } from "../api/limits.ts";
import { TIMEOUT } from "../api/parameters.ts";
import { beatOf } from "../config.ts";
import { type Identity, refusalOf } from "../core/identity.ts";
import type { Env } from "../env.ts";
import { readObject } from "../http/body.ts";
import { type ChannelRequest, channelRequest } from "../http/context.ts";
import { refuse } from "../http/problem.ts";
import { type Address, formatAddress, parseAddress } from "../protocol/address.ts";
import { formatCursor, parseCursor } from "../protocol/cursor.ts";
import type { SubscribeFrame } from "../protocol/frames.ts";
import { isObject } from "../protocol/json.ts";
import { dial } from "./dial.ts";
import { type Followed, requireOwn } from "./followed.ts";
import { endOf, mayComeBack, waitFor } from "./long-poll.ts";
import { ManyAnswer } from "./many-answer.ts";

const SECOND = 1000;
/** ms until it is answered without those that have not said where they stand. */
const PATIENCE = 5000;

/** Answers `POST /v1/users/:id/poll`. */
export async function pollMany(request: Request, env: Env): Promise<Response> {
  const channel = await channelRequest(request, env);
  const { address, config, caller } = channel;
  const advice = 'Send {"cursors": {"room:<id>": "<cursor>" or null, …}}.';
  const body = await readObject(request, config.BODY_BYTES, advice);
  // The server's key acts for the user of the path.
  const identity = channel.permitted("subscribe", caller.kind === "server" ? address.id : null);
  requireOwn(channel, identity.user);
  const timeout = readTimeout(body.timeout) * SECOND;
  const own = formatAddress(address);
  const asked = readCursors(body.cursors, advice);
  const answer = new ManyAnswer(own, asked);
  const follow = asked.flatMap((each) => subscriptionTo(each, own, identity, channel, answer));
  const options = { presence: "none", member: false, data: undefined, echo: true, acks: "single" } as const;
  const of = { transport: "poll", view: "frames", signals: false } as const;
  const cursor = asked.find(({ address }) => address === own)?.cursor ?? null;
  const start = cursor === null ? ({ kind: "now" } as const) : ({ kind: "after", cursor } as const);
  const { socket } = await dial(channel, identity, { ...options, ...of, start }, { follow });
  // One channel that takes its time keeps the others waiting for so long at most.
  const patience = new AbortController();
  const timer = setTimeout(() => answer.isLive || patience.abort(), PATIENCE);
  const signal = AbortSignal.any([request.signal, patience.signal]);
  const closed = await waitFor(socket, answer, timeout, beatOf(config), signal);
  clearTimeout(timer);
  if (!answer.hasNews && !mayComeBack(closed)) throw endOf(closed);
  return new Response(answer.toJson(), { headers: { "content-type": "application/json" } });
}

/** What its object is asked to follow: nothing where the caller may not. */
function subscriptionTo(
  { address, cursor }: Followed,
  own: string,
  { user }: Identity,
  { identityIn }: ChannelRequest,
  answer: ManyAnswer,
): SubscribeFrame[] {
  if (address === own) return [];
  const refusal = refusalOf(identityIn(address, user), "subscribe");
  if (refusal !== null) {
    answer.refuse(address, refusal.code);
    return [];
  }
  const after = cursor === null ? {} : { after: formatCursor(cursor.epoch, cursor.seq) };
  return [{ type: "subscribe", channel: address, member: false, ...after }];
}

function readCursors(cursors: unknown, advice: string): Followed[] {
  if (!isObject(cursors)) return refuse("bad_request", advice);
  const entries = Object.entries(cursors);
  if (entries.length === 0 || entries.length > MOST_POLLED)
    return refuse("bad_request", `"cursors" names 1 to ${MOST_POLLED} channels.`);
  return entries.map(([address, value]) => {
    if (parseAddress(address) === null) return refuse("bad_id", '"cursors" holds something that is no address.');
    const cursor = typeof value === "string" ? parseCursor(value) : null;
    if (value !== null && cursor === null)
      return refuse("bad_cursor", '"cursors" holds something that is no cursor, as the service gave it, and not null.');
    return { address: formatAddress(parseAddress(address) as Address), cursor };
  });
}

function readTimeout(timeout: unknown = TIMEOUT.default): number {
  const isGood =
    Number.isInteger(timeout) && (timeout as number) >= TIMEOUT.least && (timeout as number) <= TIMEOUT.most;
  return isGood
    ? (timeout as number)
    : refuse("bad_request", `"timeout" must be a whole number from ${TIMEOUT.least} to ${TIMEOUT.most}.`);
}
