import { expect, test } from "vitest";
import type { Draft } from "../../../src/core/publish.ts";
import { type Failure, failure } from "../../../src/protocol/codes.ts";
import { TestChannel } from "../../support/test-channel.ts";

type Then = (verdict: Draft | Failure, now: number) => void;

/** A channel whose application speaks about messages when the test lets it. */
function reviewed() {
  const world = new TestChannel();
  const peer = world.connect("alice");
  peer.news();
  const asked: { draft: Draft; then: Then }[] = [];
  world.host.review = (draft, _session, then) => asked.push({ draft, then });
  const decide = (verdict: (draft: Draft) => Draft | Failure) => {
    const next = asked.shift();
    if (next !== undefined) world.turn(() => next.then(verdict(next.draft), world.now));
  };
  return { world, peer, asked, decide };
}

test("HOOK-1 a message waits until the application has spoken, and is stored as it says", () => {
  const { world, peer, decide } = reviewed();
  peer.send({ type: "publish", ref: "1", id: "m", event: "note", data: "rude" });
  world.settle();
  expect(peer.news()).toEqual([]);
  decide((draft) => ({ ...draft, data: "****", original: draft }));
  world.settle();
  expect(peer.news().find(({ type }) => type === "ack")).toMatchObject({ ref: "1", seq: 1, id: "m" });
  expect(world.history().messages).toMatchObject([{ id: "m", event: "note", data: "****" }]);
});

test("HOOK-1 MSG-5 a retry is known by what was sent, whatever was made of it", () => {
  const { world, peer, decide } = reviewed();
  const send = (ref: string, data: unknown) => peer.send({ type: "publish", ref, id: "m", data });
  let made = 0;
  const change = (draft: Draft) => ({ ...draft, data: `made ${++made}`, original: draft });
  const answer = (ref: string) => {
    world.settle();
    return peer.news().find((frame) => frame.ref === ref);
  };
  send("1", "sent");
  decide(change);
  expect(answer("1")).toMatchObject({ type: "ack", seq: 1 });
  send("2", "sent");
  decide(change);
  expect(answer("2")).toMatchObject({ type: "ack", seq: 1, duplicate: true });
  send("3", "other");
  decide(change);
  expect(answer("3")).toMatchObject({ type: "error", code: "id_conflict" });
  world.hibernate();
  world.host.review = (draft, _session, then) => then(change(draft), world.now);
  send("4", "sent");
  expect(answer("4")).toMatchObject({ type: "ack", seq: 1, duplicate: true });
});

test("HOOK-1 a refusal is told with its sentence, and nothing is stored", () => {
  const { world, peer, decide } = reviewed();
  peer.send({ type: "publish", ref: "1", data: 1 });
  decide(() => failure("forbidden", "Not in this room."));
  world.settle();
  expect(peer.news()).toEqual([{ type: "error", ref: "1", code: "forbidden", message: "Not in this room." }]);
  expect(world.history().messages).toEqual([]);
});

test("HOOK-1 what the application makes of a message has the size of one", () => {
  const { world, peer, decide } = reviewed();
  peer.send({ type: "publish", ref: "1", data: 1 });
  decide((draft) => ({ ...draft, data: "x".repeat(70_000), original: draft }));
  world.settle();
  expect(peer.news()).toMatchObject([{ type: "error", ref: "1", code: "too_large" }]);
});

test("HOOK-1 of a connection that ended meanwhile nothing is stored", () => {
  const { world, peer, decide } = reviewed();
  peer.send({ type: "publish", ref: "1", data: 1 });
  peer.close();
  decide((draft) => draft);
  world.settle();
  expect(world.history().messages).toEqual([]);
});
