/** The requests about one channel, a room's or a user's, that are answered at once. */
import { MOST_MESSAGES } from "../api/limits.ts";
import {
  AFTER,
  BEFORE,
  CONNECTION,
  FROM,
  IDEMPOTENCY_KEY,
  LIMIT,
  MEMBERS_AFTER,
  MEMBERS_LIMIT,
  MEMBERSHIP,
  ORDER,
  TO,
  USER,
  WHOSE,
} from "../api/parameters.ts";
import type { AuthoredDraft } from "../core/request.ts";
import { isId } from "../protocol/address.ts";
import { readPublish, readSignal, wrongData } from "../protocol/decode-client.ts";
import { isObject, type Json } from "../protocol/json.ts";
import { isPollIdOf } from "../transport/connection-id.ts";
import { readJson, readObject, userIn } from "./body.ts";
import type { ChannelRequest } from "./context.ts";
import { askChannel, askHolder, askToPublish, holderOf, unwrap } from "./dispatch.ts";
import { Refusal, refuse } from "./problem.ts";

export async function getMessages({ env, address, query, permitted }: ChannelRequest): Promise<Response> {
  const identity = permitted("history");
  const asked = {
    after: query.cursor(AFTER),
    before: query.cursor(BEFORE),
    from: query.wholeNumber(FROM),
    to: query.wholeNumber(TO),
    limit: query.wholeNumber(LIMIT),
    order: query.oneOf(ORDER),
  };
  const page = unwrap(await askChannel(env, address, (channel) => channel.history(identity, asked)));
  return new Response(page, { headers: { "content-type": "application/json" } });
}

export async function postMessages({
  request,
  env,
  config,
  address,
  query,
  identityFor,
  permitted,
}: ChannelRequest): Promise<Response> {
  const identity = permitted("publish");
  const connection = query.text(CONNECTION);
  const body = await readJson(request, config.BODY_BYTES);
  const isArray = Array.isArray(body);
  if (isArray && (body.length === 0 || body.length > MOST_MESSAGES))
    refuse("bad_request", `An array holds 1 to ${MOST_MESSAGES} messages.`);
  const key = isArray ? null : request.headers.get(IDEMPOTENCY_KEY.name);
  const drafts = (isArray ? body : [body]).map((item) => readDraft(item, key, identityFor));
  const { results, isNew } = unwrap(await askToPublish(env, address, identity, drafts, connection));
  return new Response(isArray ? `{"results":[${results.join(",")}]}` : results[0], {
    status: isNew ? 201 : 200,
    headers: { "content-type": "application/json" },
  });
}

function readDraft(item: unknown, key: string | null, identityFor: ChannelRequest["identityFor"]): AuthoredDraft {
  if (!isObject(item)) return refuse("bad_request", "A message is a JSON object.");
  const as = userIn(item);
  if (key !== null && item.id !== undefined && item.id !== key)
    refuse("bad_request", "Idempotency-Key and id differ; send one of them.");
  const frame = readPublish(key === null ? item : { ...item, id: key });
  if ("code" in frame) throw new Refusal(frame);
  const { user } = identityFor(as);
  // The id is made here, before the object is asked, so that the edge's own second try is no second message.
  return { id: frame.id ?? crypto.randomUUID(), event: frame.event, data: frame.data, user };
}

export async function postSignals({
  request,
  env,
  config,
  address,
  query,
  identityFor,
  permitted,
}: ChannelRequest): Promise<Response> {
  permitted("signal");
  const connection = query.text(CONNECTION);
  const body = await readObject(request, config.BODY_BYTES, "A signal is a JSON object.");
  const user = userIn(body);
  const frame = readSignal(body);
  if ("code" in frame) throw new Refusal(frame);
  const identity = identityFor(user);
  unwrap(await askHolder(env, address, connection, (channel) => channel.signal(identity, frame, connection)));
  return Response.json({}, { status: 202 });
}

export async function deleteMessages({ env, address, permitted }: ChannelRequest): Promise<Response> {
  const identity = permitted("admin");
  unwrap(await askChannel(env, address, (channel) => channel.clear(identity)));
  return new Response(null, { status: 204 });
}

export async function deleteConnections({ env, address, query, permitted }: ChannelRequest): Promise<Response> {
  const identity = permitted("admin");
  const user = query.text(WHOSE);
  if (user !== null && !isId(user)) refuse("bad_id", '"user" must be a user id.');
  return Response.json({ closed: unwrap(await askChannel(env, address, (channel) => channel.kick(identity, user))) });
}

export async function deleteChannel({ env, address, permitted }: ChannelRequest): Promise<Response> {
  const identity = permitted("admin");
  unwrap(await askChannel(env, address, (channel) => channel.erase(identity)));
  return new Response(null, { status: 204 });
}

export async function getPresence({ env, address, query, permitted }: ChannelRequest): Promise<Response> {
  const identity = permitted("presence");
  const limit = query.wholeNumber(MEMBERS_LIMIT);
  const after = query.text(MEMBERS_AFTER) ?? "";
  return Response.json(unwrap(await askChannel(env, address, (channel) => channel.members(identity, limit, after))));
}

export async function putPresence({
  request,
  env,
  config,
  address,
  query,
  permitted,
}: ChannelRequest): Promise<Response> {
  const identity = permitted("presence", query.text(USER));
  const connection = query.text(MEMBERSHIP) ?? refuse("bad_request", '"connection" is missing: whose data is it?');
  const body = await readObject(request, config.BODY_BYTES, 'Send {"data": …}.');
  const wrong = wrongData(body.data);
  if (wrong !== null) throw new Refusal(wrong);
  const isPoll = await isPollIdOf(connection, identity.user);
  unwrap(
    await askChannel(env, holderOf(address, connection), (channel) =>
      channel.setMemberData(identity, connection, isPoll, body.data as Json),
    ),
  );
  return Response.json({});
}
