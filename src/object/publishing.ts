/** Publishing over HTTP, from the rate to the rows. */
import type { Channel } from "../core/channel.ts";
import { receiptFields } from "../core/encode.ts";
import type { Identity } from "../core/identity.ts";
import type { AuthoredDraft, Requests } from "../core/request.ts";
import type { Directory } from "./directory.ts";
import { review } from "./review.ts";
import type { Outcome } from "./rpc.ts";

export interface Publishing {
  readonly channel: Channel;
  readonly requests: Requests;
  readonly directory: Directory;
  turn<Result>(event: (now: number) => Result): Result;
}

/** Publishes all or none; answers when all of them are written. */
export async function publishAll(
  { channel, requests, directory, turn }: Publishing,
  identity: Identity,
  drafts: readonly AuthoredDraft[],
  connection: string | null,
): Promise<Outcome<{ results: string[]; isNew: boolean }>> {
  const refused = (await directory.check(identity)) ?? turn((now) => requests.takeRate(identity, drafts.length, now));
  if (refused !== null) return { ok: false, failure: refused };
  const reviewed: AuthoredDraft[] = [];
  for (const draft of drafts) {
    const verdict = await review(draft, { ...identity, user: draft.user }, channel.address);
    if ("code" in verdict) return { ok: false, failure: verdict };
    reviewed.push({ ...verdict, user: draft.user });
  }
  const accepted = turn((now) => requests.publish(identity, reviewed, connection, now, true));
  if ("code" in accepted) return { ok: false, failure: accepted };
  const { epoch } = channel;
  await accepted.committed;
  return {
    ok: true,
    value: {
      results: accepted.receipts.map((receipt) => `{${receiptFields(receipt, epoch)}}`),
      isNew: accepted.receipts.some(({ duplicate }) => !duplicate),
    },
  };
}
