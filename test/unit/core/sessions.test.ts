import { expect, test } from "vitest";
import { newSession, type Session } from "../../../src/core/session.ts";
import { Sessions } from "../../../src/core/sessions.ts";
import { FakeSubscriber } from "../../support/fake-subscriber.ts";
import { configWith, type Dial, identity, START } from "../../support/test-channel.ts";

function session(user: string, connection: string, dial: Dial = {}): Session {
  const told = { presence: "none", echo: true, acks: "single", signals: true } as const;
  const options = { connection, member: true, transport: "ws", view: "frames", ...told, ...dial } as const;
  return newSession(identity(user, dial), options, new FakeSubscriber(), configWith(), START);
}

test("CONNECT-5 connections are counted, by user too, and each once", () => {
  const sessions = new Sessions();
  const [first, second, other] = [session("bob", "1"), session("bob", "2", { member: false }), session("alice", "3")];
  for (const one of [first, second, other]) sessions.add(one);
  expect([sessions.size, sessions.ofUser("bob").size, sessions.ofUser("nobody").size]).toEqual([3, 2, 0]);
  expect([...sessions]).toEqual([first, second, other]);
  expect([sessions.remove(first), sessions.remove(first)]).toEqual([true, false]);
  expect([sessions.size, [...sessions.ofUser("bob")], sessions.has(first)]).toEqual([2, [second], false]);
});

test("PRESENCE-1 members and watchers are counted by what their connections asked for", () => {
  const sessions = new Sessions();
  const watcher = session("bob", "1", { member: false, presence: "count" });
  const both = session("bob", "2", { presence: "members" });
  for (const one of [watcher, both, session("alice", "3")]) sessions.add(one);
  expect([sessions.watchers, sessions.memberships, sessions.membershipsOf("bob")]).toEqual([2, 2, 1]);
  sessions.remove(both);
  expect([sessions.watchers, sessions.memberships, sessions.membershipsOf("bob")]).toEqual([1, 1, 0]);
});

test("PUBLISH-4 a connection is found by its name, for its own user only", () => {
  const sessions = new Sessions();
  const own = session("bob", "1");
  sessions.add(own);
  expect(sessions.find("1", "bob")).toBe(own);
  for (const [connection, user] of [
    ["1", "alice"],
    ["2", "bob"],
    ["__proto__", "bob"],
  ] as const)
    expect(sessions.find(connection, user)).toBeNull();
});

test("PRESENCE-1 a connection that took another's name and place is not mistaken for it", () => {
  const sessions = new Sessions();
  const [before, after] = [session("bob", "1"), session("bob", "1")];
  sessions.add(before);
  sessions.remove(before);
  sessions.add(after);
  expect([sessions.has(before), sessions.has(after)]).toEqual([false, true]);
});

test("AUTH-9 the first token's end is found", () => {
  const sessions = new Sessions();
  expect(sessions.firstExpiry()).toBeNull();
  for (const [index, expires] of [null, 9000, 4000, 5000].entries())
    sessions.add(session("bob", `${index}`, { expires }));
  expect(sessions.firstExpiry()).toBe(4000);
});
