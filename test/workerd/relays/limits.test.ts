import { expect, test } from "vitest";
import { cutOff } from "../support/calls.ts";
import { Relay } from "../support/relay.ts";
import { Room } from "../support/room.ts";
import { useSettings } from "../support/service.ts";
import { until } from "../support/until.ts";
import { Follower } from "./follower.ts";

useSettings({ RELAY_CONNECTIONS: 2, CONNECTIONS: 1, CONNECTIONS_PER_USER: 1, RETAIN_MESSAGES: 100 });

const refusalOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];

test("RELAY-1 a relay takes as many connections as it may, whatever its room takes, and of one user as many as a room", async () => {
  const room = new Room("lobby");
  const [relay, other] = [new Relay(room, 0), new Relay(room, 1)];
  await relay.connect("alice");
  expect(await refusalOf(await relay.dial("alice"))).toEqual([409, "rate_limited"]);
  await other.connect("alice");
  await relay.connect("bob");
  expect(await refusalOf(await relay.dial("carol"))).toEqual([409, "overloaded"]);
});

test("RELAY-5 what is retained is the same at a relay, however it came there", async () => {
  const room = new Room("lobby");
  await room.fill(90);
  const relay = new Relay(room);
  const early = await relay.connect("alice", { start: { kind: "rewind", count: 1000 } });
  await early.until(() => early.seqs.length >= 90, "what is there");
  await room.fill(50);
  await early.until(() => early.seqs.length >= 140, "what came then");
  const late = await relay.connect("bob", { start: { kind: "rewind", count: 1000 } });
  await late.until(() => late.seqs.length >= 100, "what is retained");
  expect([late.seqs[0], late.seqs.length]).toEqual([41, 100]);
  const [, epoch = ""] = /^(.*)-/.exec(late.welcome.cursor) ?? [];
  const lost = await new Relay(room, 1).connect("carol", { start: { kind: "after", cursor: { epoch, seq: 20 } } });
  await lost.until(() => lost.seqs.length >= 100, "what is retained");
  expect(lost.framesOf("gap")).toMatchObject([{ after: `${epoch}-20`, oldest: `${epoch}-41`, reason: "expired" }]);
});

test("RELAY-5 a relay that retention has overtaken tells its connections so, and goes on", async () => {
  const room = new Room("lobby");
  const relay = new Relay(room);
  const client = await new Follower(async (start) => (await relay.dial("alice", { start })).webSocket).start();
  await client.publish({ n: 0 });
  await client.has(1);
  const lost = cutOff(relay, "deliver");
  await room.fill(60);
  await until(async () => (await room.rows("SELECT ended FROM links WHERE ended <> '[]'")).length > 0, "the loss");
  await room.fill(90);
  lost.letGo();
  await room.publish({ data: { n: 151 } });
  await until(() => client.data.length >= 101, "what is retained");
  const { epoch } = client.cursor as { epoch: string };
  expect(client.gaps).toMatchObject([{ after: `${epoch}-1`, oldest: `${epoch}-53`, reason: "expired" }]);
  expect([client.wrong, client.data.length, client.lastClose]).toEqual([[], 101, 1012]);
});
