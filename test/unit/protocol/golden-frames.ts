/** One of each frame that crosses the wire, made by the service itself. */
import { ackFrame, errorFrame } from "../../../src/core/encode.ts";
import { markRead } from "../../../src/core/read.ts";
import { ofChannel, subscribedFields, unsubscribedFrame } from "../../../src/core/subscriptions.ts";
import { failure } from "../../../src/protocol/codes.ts";
import { decodeClientFrame } from "../../../src/protocol/decode-client.ts";
import { OPERATIONS } from "../../../src/protocol/operations.ts";
import { type Dial, START, TestChannel } from "../../support/test-channel.ts";

/** What the service sends, by name: the text of each frame. */
export function sentFrames(): Record<string, string> {
  const own = { ...connectFrames(), ...messageFrames(), ...presenceFrames(), ...inboxFrames(), ...answerFrames() };
  return { ...own, ...subscriptionFrames(own) };
}

/** The same frames as they come of a channel that was subscribed to. */
function subscriptionFrames(own: Record<string, string>) {
  const frames: Record<string, string> = {};
  for (const name of Object.keys(own).filter((name) => !name.startsWith("welcome")))
    frames[`${name}; of a channel subscribed to`] = ofChannel(own[name] as string, '"room:lobby"');
  for (const name of Object.keys(own).filter((name) => name.startsWith("welcome")))
    frames[`ack, of a subscription: ${name}`] = ackFrame("8", subscribedFields(JSON.parse(own[name] as string)));
  frames.unsubscribed = unsubscribedFrame("room:lobby", 4403, "forbidden");
  frames["error, of a subscription"] = errorFrame(failure("forbidden", "No."), "8", "room:lobby");
  return frames;
}

function connectFrames() {
  const world = new TestChannel({ RETAIN_MESSAGES: 2 });
  const first = world.connect("alice");
  const told: Dial = { expires: START + 60_000, info: { name: "Bob" }, presence: "members", data: [1] };
  const member = world.connect("bob", told);
  const server = world.connect("server", { kind: "server", member: false, presence: "count" });
  for (const data of [1, 2, 3]) world.publish("alice", [{ data, id: `m${data}` }]);
  world.settle();
  const late = { member: false, start: { kind: "after", cursor: { epoch: "epoch001", seq: 0 } } } as const;
  const gap = world.connect("carol", late).subscriber.frames;
  world.log.clear(world.now);
  const other = { ...late, start: { kind: "after", cursor: { epoch: "epoch999", seq: 7 } } } as const;
  return {
    "welcome, at its shortest": first.subscriber.frames[0] as string,
    "welcome, with members and an end": member.subscriber.frames[0] as string,
    "welcome, of the API_KEY, with a count": server.subscriber.frames[0] as string,
    "welcome, before a gap": gap[0] as string,
    "gap, before what is retained": gap[1] as string,
    "messages, after a gap": gap[2] as string,
    "gap, before nothing": world.connect("dave", other).subscriber.frames[1] as string,
  };
}

function messageFrames() {
  const world = new TestChannel();
  const [sender, reader] = [world.connect("alice", { member: false }), world.connect("bob", { member: false })];
  sender.send(
    '{"type":"publish","id":"a \\"b\\" \\\\","event":"note","data":{"text":"é€😀\\ud800","n":-0,"big":1e400}}',
  );
  sender.send({ type: "publish", data: null });
  sender.send({ type: "signal", event: "typing", data: true, key: "k" });
  sender.send({ type: "signal", event: "typing", data: "é" });
  world.publish("carol", [{}]);
  world.turn(({ requests }) => {
    const carol = {
      user: "carol",
      kind: "user",
      operations: OPERATIONS.signal,
      issuedAt: null,
      expires: null,
      info: null,
    } as const;
    requests.signal(carol, { event: "wave", data: null }, null, world.now);
  });
  world.settle();
  const [, messages, signals] = reader.subscriber.frames;
  return { "messages, of one flush": messages as string, "signals, of one flush": signals as string };
}

function presenceFrames() {
  const world = new TestChannel();
  const count = world.connect("watcher", { presence: "count", member: false });
  const members = world.connect("watcher", { presence: "members", member: false });
  const bob = world.connect("bob", { info: { name: "Bob" } });
  bob.send({ type: "presence", data: { mood: "fine" } });
  bob.close(1000);
  const [, counted] = count.subscriber.frames;
  const [, joined, updated, left] = members.subscriber.frames;
  return {
    "presence, for who counts": counted as string,
    "presence, a join": joined as string,
    "presence, a change": updated as string,
    "presence, a leave": left as string,
  };
}

function inboxFrames() {
  const world = new TestChannel({}, "alice");
  for (const user of ["bob", "alice", "bob"]) world.publish(user, [{}]);
  world.settle();
  const device = world.connect("alice", { member: false });
  world.turn(({ channel }) => markRead(channel, { epoch: "epoch001", seq: 1 }, null, world.now));
  return {
    "welcome, of a user's channel": device.subscriber.frames[0] as string,
    "read, on another device": device.subscriber.frames[1] as string,
  };
}

function answerFrames() {
  const world = new TestChannel({ PUBLISH_BURST: 3, PUBLISH_RATE: 1 });
  const single = world.connect("alice");
  const batch = world.connect("alice", { acks: "batch" });
  for (const peer of [single, batch])
    for (const ref of ["1", "2"]) peer.send({ type: "publish", ref, id: "same", data: 1 });
  world.settle();
  single.send({ type: "signal", ref: "3", event: "e", data: 1 });
  single.send({ type: "history", ref: "4" });
  single.send({ type: "members", ref: "5", limit: 1 });
  single.send({ type: "publish", ref: "6", data: 1 });
  single.send({ type: "publish", ref: "7", data: 1 });
  single.send("{");
  const answer = (start: string, frames = single.subscriber.frames) =>
    frames.find((frame) => frame.startsWith(start)) as string;
  return {
    "ack, of a message": answer('{"type":"ack","ref":"1"'),
    "ack, of a duplicate": answer('{"type":"ack","ref":"2"'),
    "ack, that brings nothing": answer('{"type":"ack","ref":"3"'),
    "ack, with a page of history": answer('{"type":"ack","ref":"4"'),
    "ack, with members": answer('{"type":"ack","ref":"5"'),
    "acks, of one flush": answer('{"type":"acks"', batch.subscriber.frames),
    "error, that can be tried again": answer('{"type":"error","ref":"7"'),
    "error, of what was no frame": answer('{"type":"error","code"'),
  };
}

/** What a client may send, by name: the text of each frame, and what the service understands. */
export function understoodFrames(): Record<string, { text: string; understood: unknown }> {
  const all: Record<string, { text: string; understood: unknown }> = {};
  for (const [name, text] of Object.entries(CLIENT_FRAMES)) all[name] = { text, understood: decodeClientFrame(text) };
  return all;
}

const CLIENT_FRAMES = {
  "publish, all fields": '{"type":"publish","ref":"1","id":"m1","event":"note","data":{"a":[1]}}',
  "publish, at its shortest": '{"type":"publish","data":null}',
  "signal, all fields": '{"type":"signal","ref":"2","event":"typing","data":1,"key":"k"}',
  "signal, at its shortest": '{"type":"signal","event":"typing","data":1}',
  presence: '{"type":"presence","ref":"3","data":{"mood":"fine"}}',
  "members, all fields": '{"type":"members","ref":"4","limit":10,"after":"bob"}',
  "members, at its shortest": '{"type":"members"}',
  "history, all fields":
    '{"type":"history","ref":"5","after":"k3f9x2ab-1","before":"k3f9x2ab-9","limit":5,"order":"desc"}',
  "history, at its shortest": '{"type":"history"}',
  auth: '{"type":"auth","ref":"6","token":"a.b.c"}',
  leave: '{"type":"leave","ref":"7"}',
  "subscribe, after a cursor": '{"type":"subscribe","ref":"8","channel":"room:lobby","after":"k3f9x2ab-1"}',
  "subscribe, all other fields":
    '{"type":"subscribe","ref":"9","channel":"user:bob","rewind":5,"presence":"members","member":false,"data":[1],"echo":false}',
  "subscribe, at its shortest": '{"type":"subscribe","channel":"room:lobby"}',
  unsubscribe: '{"type":"unsubscribe","ref":"10","channel":"room:lobby"}',
  "publish, to a channel subscribed to": '{"type":"publish","ref":"11","channel":"room:lobby","data":1}',
};
