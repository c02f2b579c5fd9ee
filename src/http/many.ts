/** One message to many channels at once, each on its own. */

import { MOST_CHANNELS } from "../api/limits.ts";
import type { Identity } from "../core/identity.ts";
import type { AuthoredDraft } from "../core/request.ts";
import type { Env } from "../env.ts";
import { type Address, formatAddress, parseAddress } from "../protocol/address.ts";
import { type Failure, failure } from "../protocol/codes.ts";
import { readPublish } from "../protocol/decode-client.ts";
import { authenticate, bearerOf } from "./authenticate.ts";
import { identify, requireOperation, requireTokenUnlessOpen, whoIs } from "./authorize.ts";
import { readObject, userIn } from "./body.ts";
import { admitRequest } from "./context.ts";
import { askToPublish, unwrap } from "./dispatch.ts";
import { Refusal, refuse } from "./problem.ts";

export async function postManyMessages(request: Request, env: Env): Promise<Response> {
  const { config, rules, secrets } = admitRequest(request, env);
  const caller = await authenticate(bearerOf(request), secrets, config.TOKEN_BYTES, Date.now());
  requireTokenUnlessOpen(caller, rules, "publish");
  const body = await readObject(request, config.BODY_BYTES, 'Send {"channels": […], "data": …}.');
  const addresses = readChannels(body.channels);
  const frame = readPublish(body);
  if ("code" in frame) throw new Refusal(frame);
  const user = userIn(body);
  const draft = { id: frame.id ?? crypto.randomUUID(), event: frame.event, data: frame.data };
  whoIs(caller, user); // or it is refused for all
  const results = await Promise.all(
    addresses.map(async (address) => {
      const result = await publishTo(address, () => identify(caller, rules, formatAddress(address), user), draft, env);
      return `${JSON.stringify(formatAddress(address))}:${result}`;
    }),
  );
  return new Response(`{"results":{${results.join(",")}}}`, { headers: { "content-type": "application/json" } });
}

function readChannels(channels: unknown): Address[] {
  if (!Array.isArray(channels) || channels.length === 0 || channels.length > MOST_CHANNELS)
    return refuse("bad_request", `"channels" must be a list of 1 to ${MOST_CHANNELS} addresses.`);
  const addresses = new Map<string, Address>();
  for (const channel of channels) {
    const address = typeof channel === "string" ? parseAddress(channel) : null;
    if (address === null) return refuse("bad_id", 'An address is "room:<id>" or "user:<id>".');
    addresses.set(formatAddress(address), address);
  }
  return [...addresses.values()];
}

/** The result as JSON text: what the channel answered, or why it did not take the message. */
async function publishTo(
  address: Address,
  identified: () => Identity,
  draft: Omit<AuthoredDraft, "user">,
  env: Env,
): Promise<string> {
  try {
    const identity = identified();
    requireOperation(identity, "publish");
    const drafts = [{ ...draft, user: identity.user }];
    const { results } = unwrap(await askToPublish(env, address, identity, drafts, null));
    return results[0] as string;
  } catch (error) {
    const reason: Failure = error instanceof Refusal ? error.failure : failure("internal", "Something failed here.");
    return JSON.stringify({ code: reason.code, detail: reason.detail });
  }
}
