/** Publishing over HTTP, from the rate to the rows. */
import type { Channel } from "../core/channel.ts";
import { receiptFields } from "../core/encode.ts";
import type { Identity } from "../core/identity.ts";
import type { AuthoredDraft, Requests } from "../core/request.ts";
import type { Published, Upstream } from "../core/upstream.ts";
import { failure } from "../protocol/codes.ts";
import type { Directory } from "./directory.ts";
import { review } from "./review.ts";
import type { Outcome } from "./rpc.ts";

export interface Publishing {
  readonly channel: Channel;
  readonly requests: Requests;
  readonly directory: Directory;
  turn<Result>(event: (now: number) => Result): Result;
}

type Answer = Outcome<{ results: string[]; isNew: boolean }>;

/** Nobody knows whether it was taken. */
const UNKNOWN = failure("overloaded", "The channel cannot be reached at the moment; try again.", 1000);

/** Publishes all or none; answers when all of them are written. */
export async function publishAll(
  { channel, requests, directory, turn }: Publishing,
  identity: Identity,
  drafts: readonly AuthoredDraft[],
  connection: string | null,
): Promise<Answer> {
  const refused = (await directory.check(identity)) ?? turn((now) => requests.takeRate(identity, drafts.length, now));
  if (refused !== null) return { ok: false, failure: refused };
  const reviewed: AuthoredDraft[] = [];
  for (const draft of drafts) {
    const verdict = await review(draft, { ...identity, user: draft.user }, channel.address);
    if ("code" in verdict) return { ok: false, failure: verdict };
    reviewed.push({ ...verdict, user: draft.user });
  }
  if (channel.upstream !== null) return publishUpstream(channel, channel.upstream, reviewed, connection);
  const accepted = turn((now) => requests.publish(identity, reviewed, connection, now, true));
  if ("code" in accepted) return { ok: false, failure: accepted };
  const { epoch } = channel;
  await accepted.committed;
  return answerOf({ epoch, receipts: accepted.receipts });
}

/** The same at a relay: the room has the last word. */
function publishUpstream(
  { sessions }: Channel,
  upstream: Upstream,
  drafts: readonly AuthoredDraft[],
  connection: string | null,
): Promise<Answer> {
  const user = drafts[0]?.user;
  const session = connection === null || user === undefined ? null : sessions.find(connection, user);
  return new Promise((resolve) => {
    const refused = upstream.publish({
      drafts,
      session,
      answered: (outcome) => {
        if (outcome === null) resolve({ ok: false, failure: UNKNOWN });
        else resolve("code" in outcome ? { ok: false, failure: outcome } : answerOf(outcome));
      },
    });
    if (refused !== null) resolve({ ok: false, failure: refused });
  });
}

function answerOf({ epoch, receipts }: Published): Answer {
  const results = receipts.map((receipt) => `{${receiptFields(receipt, epoch)}}`);
  return { ok: true, value: { results, isNew: receipts.some(({ duplicate }) => !duplicate) } };
}
