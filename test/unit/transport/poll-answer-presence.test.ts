import { expect, test } from "vitest";
import { PollAnswer } from "../../../src/transport/poll-answer.ts";

const member = (user: string, data: unknown = null) => ({ user, data, since: 5, connections: 1 });
const left = (...users: string[]) => users.map((user) => ({ user }));
const snapshot = { count: 2, members: [member("ann"), member("bob")] };

/** The `presence` of an answer, and whether there is one to give. */
function presenceOf(told: object | undefined, ...changes: object[]) {
  const answer = new PollAnswer({ epoch: "k3f9x2ab", seq: 7 }, "c1");
  const frame = { type: "welcome", cursor: "k3f9x2ab-7", resume: "live", presence: told };
  for (const each of [frame, ...changes.map((change) => ({ type: "presence", ...change }))])
    answer.take(JSON.stringify(each));
  return { isReady: answer.isReady, presence: JSON.parse(answer.toJson()).presence };
}

test("POLL-2 what is known at the start is no news, but it is in the answer", () => {
  expect(presenceOf(undefined)).toEqual({ isReady: false, presence: undefined });
  expect(presenceOf({ count: 3 })).toEqual({ isReady: false, presence: { count: 3 } });
  const page = { ...snapshot, count: 200, next: "bob" };
  expect(presenceOf(page)).toEqual({ isReady: false, presence: page });
});

test("POLL-2 changes are news: the count is that of the answer, the members are those of the start", () => {
  expect(presenceOf({ count: 3 }, { count: 4 }, { count: 5 })).toEqual({ isReady: true, presence: { count: 5 } });
  expect(presenceOf(snapshot, { count: 3, joined: [member("eve")] }, { count: 2, left: left("ann") })).toEqual({
    isReady: true,
    presence: { ...snapshot, count: 2, joined: [member("eve")], left: left("ann") },
  });
});

test("POLL-2 a change that comes in several parts is told whole", () => {
  const parts = [
    { count: 4, joined: [member("c")], updated: [member("ann", 1)] },
    { count: 4, joined: [member("d")] },
  ];
  expect(presenceOf(snapshot, ...parts).presence).toEqual({
    ...snapshot,
    count: 4,
    joined: [member("c"), member("d")],
    updated: [member("ann", 1)],
  });
});

test.each<[string, object[], object]>([
  [
    "who came and changed, came",
    [{ joined: [member("eve")] }, { updated: [member("eve", 1)] }],
    { joined: [member("eve", 1)] },
  ],
  ["who came and went, was never here", [{ joined: [member("eve")] }, { left: left("eve") }], {}],
  [
    "who went and came, changed",
    [{ left: left("bob") }, { joined: [member("bob", 1)] }],
    { updated: [member("bob", 1)] },
  ],
  [
    "who changed twice, changed",
    [{ updated: [member("bob", 1)] }, { updated: [member("bob", 2)] }],
    { updated: [member("bob", 2)] },
  ],
  ["who changed and went, went", [{ updated: [member("bob", 1)] }, { left: left("bob") }], { left: left("bob") }],
  [
    "who went, came and went, went",
    [{ left: left("bob") }, { joined: [member("bob")] }, { left: left("bob") }],
    { left: left("bob") },
  ],
])("POLL-2 PRESENCE-9 each user is told of once: %s", (_what, changes, told) => {
  const frames = changes.map((change) => ({ count: 2, ...change }));
  expect(presenceOf(snapshot, ...frames)).toEqual({ isReady: true, presence: { ...snapshot, ...told } });
});
