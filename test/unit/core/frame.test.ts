import { expect, test } from "vitest";
import { type Frame, messagesFrame, signalsFrame, singleFrame } from "../../../src/core/frame.ts";
import { eventBlocks } from "../../support/event-blocks.ts";
import { START, TestChannel } from "../../support/test-channel.ts";

const stored = (seq: number, event: string, data: unknown) =>
  JSON.stringify({ seq, id: `m${seq}`, user: "bob", at: 5, event, data });
const text = (frame: Frame, view: "events" | "named-events" = "events") => new TextDecoder().decode(frame.events(view));

const messages = [stored(1, "note", "é€😀"), stored(2, "end", "\ud800\n"), stored(3, "message", [1])];
const three = () =>
  messagesFrame(messages.join(","), "k3f9x2ab", () => messages.map((text, index) => ({ seq: index + 1, text })));

test("SSE-2 a frame without its type is the data of an event of that name", () => {
  const frame = singleFrame("presence", { count: 2, left: [{ user: "é" }] });
  expect(frame.text).toBe('{"type":"presence","count":2,"left":[{"user":"é"}]}');
  expect(frame.bytes).toBe(Buffer.byteLength(frame.text));
  expect(text(frame)).toBe('event: presence\ndata: {"count":2,"left":[{"user":"é"}]}\n\n');
  expect(text(singleFrame("gap", { reason: "epoch" }, "k-3"))).toBe(
    'event: gap\nid: k-3\ndata: {"reason":"epoch"}\n\n',
  );
});

test("SSE-2 TRANSPORT-1 messages are one frame, and an event each, in the same bytes", () => {
  const frame = three();
  expect(frame.text).toBe(`{"type":"messages","messages":[${messages.join(",")}]}`);
  expect(frame.bytes).toBe(Buffer.byteLength(frame.text));
  expect(text(frame)).toBe(messages.map((data, index) => `id: k3f9x2ab-${index + 1}\ndata: ${data}\n\n`).join(""));
  expect(JSON.parse(frame.text).messages.map((each: object) => JSON.stringify(each))).toEqual(
    eventBlocks(frame.events("events")).map(({ data }) => data),
  );
});

test("SSE-3 in the other view they go by their own events' names", () => {
  const names = (view: "events" | "named-events") => eventBlocks(three().events(view)).map(({ name }) => name);
  expect(names("named-events")).toEqual(["note", "message", "message"]);
  expect(names("events")).toEqual(["message", "message", "message"]);
});

test("SSE-2 signals are one frame, and an event each without an id", () => {
  const signals = ['{"event":"typing","data":"é"}', '{"event":"end","data":1}'];
  const frame = signalsFrame(signals);
  expect(frame.text).toBe(`{"type":"signals","signals":[${signals.join(",")}]}`);
  expect(frame.bytes).toBe(Buffer.byteLength(frame.text));
  expect(text(frame)).toBe(signals.map((data) => `event: signal\ndata: ${data}\n\n`).join(""));
});

test("SSE-2 events are written once for each view, however many read them, and not before somebody does", () => {
  let asked = 0;
  const one = stored(1, "note", 1);
  const frame = messagesFrame(one, "k3f9x2ab", () => {
    asked++;
    return [{ seq: 1, text: one }];
  });
  expect(frame.text).toContain(one);
  expect(asked).toBe(0);
  const [first, named] = [frame.events("events"), frame.events("named-events")];
  expect(frame.events("events")).toBe(first);
  expect(frame.events("named-events")).toBe(named);
  expect(asked).toBe(2);
});

test("SSE-2 TRANSPORT-1 what a channel sends is the same for who reads frames and who reads events", () => {
  const world = new TestChannel();
  const told = { presence: "members", member: false } as const;
  const socket = world.connect("ann", told);
  const stream = world.connect("ann", { ...told, transport: "sse", view: "events" });
  const bob = world.connect("bob", { data: "b" });
  bob.send({ type: "publish", id: "m1", event: "note", data: "one\ntwo" });
  bob.send({ type: "publish", id: "m2", data: "\ud800" });
  bob.send({ type: "signal", event: "typing", data: true });
  bob.send({ type: "presence", data: "c" });
  world.settle();
  bob.close(1000);
  world.turn(({ channel }) => channel.administration.clear(world.now));

  const frames = socket.news();
  const blocks = stream.events();
  const expected = frames.flatMap(({ type, ...fields }) => {
    if (type === "messages") return fields.messages.map((message: object) => ({ name: "message", data: message }));
    if (type === "signals") return fields.signals.map((signal: object) => ({ name: "signal", data: signal }));
    return [{ name: type, data: fields }];
  });
  const read = blocks.map(({ name, data }) => ({ name, data: JSON.parse(data as string) }));
  // Only the names of the two connections differ.
  expect(read[0]?.data).toEqual({ ...expected[0]?.data, connection: stream.session.connection });
  expect(read.slice(1)).toEqual(expected.slice(1));
  const place = blocks.filter(({ id }) => id !== null).map(({ name, id }) => `${name} ${id}`);
  expect(place).toEqual(["welcome epoch001-0", "message epoch001-1", "message epoch001-2", "gap epoch002-0"]);
  expect(blocks.map(({ name }) => name)).toEqual([
    ...["welcome", "presence", "presence", "message", "message", "signal", "presence", "gap"],
  ]);
});

test("SSE-2 the welcome of one who is behind has no id: they still stand where they came from", () => {
  const world = new TestChannel({ RETAIN_MESSAGES: 2 });
  world.publish("bob", [{}, {}, {}]);
  world.settle();
  const ids = (start: object) => {
    const reader = world.connect("ann", { member: false, transport: "sse", view: "events", ...start });
    return reader.events().map(({ name, id }) => `${name} ${id}`);
  };
  const after = (epoch: string, seq: number) => ({ start: { kind: "after", cursor: { epoch, seq } } });
  expect(ids(after("epoch001", 2))).toEqual(["welcome null", "message epoch001-3"]);
  expect(ids(after("epoch001", 3))).toEqual(["welcome epoch001-3"]);
  const rest = ["message epoch001-2", "message epoch001-3"];
  expect(ids(after("epoch001", 0))).toEqual(["welcome null", "gap epoch001-1", ...rest]);
  expect(ids(after("epoch999", 9))).toEqual(["welcome null", "gap epoch001-1", ...rest]);
  expect(ids({ start: { kind: "rewind", count: 1 } })).toEqual(["welcome null", "message epoch001-3"]);
  world.now = START + 2 * world.config.RETAIN_AGE;
  expect(ids(after("epoch001", 0))).toEqual(["welcome null", "gap epoch001-3"]);
});
