import { expect, test } from "vitest";
import { membersAfter, NOBODY, type PresenceChange, type PresenceNews } from "../../../src/client/members.ts";
import { newPace } from "../../../src/client/pace.ts";

const member = (user: string, data: string | null = null) => ({ user, data, since: 1, connections: 1 });
const users = (list: readonly { user: string }[] = []) => list.map(({ user }) => user).join("");
const told = (change: PresenceChange | null) =>
  change && [users(change.joined), users(change.left), users(change.updated), change.count];

/** What comes; what is told of it (joined, left, updated, count); who is there then. */
const STORY: readonly [string, PresenceNews, unknown, string][] = [
  ["a welcome", { count: 2, members: [member("b"), member("a")] }, ["ab", "", "", 2], "ab"],
  ["a join", { count: 3, joined: [member("c")] }, ["c", "", "", 3], "abc"],
  ["the same again", { count: 3, joined: [member("c")] }, null, "abc"],
  ["a change of data", { count: 3, updated: [member("c", "new")] }, ["", "", "c", 3], "abc"],
  ["a leave", { count: 2, left: [{ user: "a" }] }, ["", "a", "", 2], "bc"],
  ["a leave of nobody", { count: 2, left: [{ user: "x" }] }, null, "bc"],
  ["the count alone", { count: 5 }, ["", "", "", 5], "bc"],
  [
    "another welcome says who came and went",
    { count: 2, members: [member("c", "new"), member("d")] },
    ["d", "b", "", 2],
    "cd",
  ],
  ["a page says nothing of those behind it", { count: 9, members: [member("a")], next: "a" }, ["a", "", "", 9], "acd"],
  [
    ...(["a poll: who was there at its start, and what happened then"] as const),
    ...([
      { count: 2, members: [member("a"), member("c", "new")], joined: [member("e")], left: [{ user: "a" }] },
    ] as const),
    ...([["e", "ad", "", 2], "ce"] as const),
  ],
];

test("PRESENCE-9 the list is what the news say, and what is told is what changed", () => {
  let members = NOBODY;
  for (const [what, news, expected, list] of STORY) {
    const after = membersAfter(members, news);
    expect([what, told(after?.change ?? null)]).toEqual([what, expected]);
    members = after?.members ?? members;
    expect([what, users(members.list)]).toEqual([what, list]);
    expect([what, members.count]).toEqual([what, news.count]);
  }
  const sameAgain = membersAfter(members, { count: 9 });
  expect(sameAgain?.members.list).toBe(members.list);
});

test("PUBLISH-3 the pace: half a burst at once, then by the rate; a clock that was put back brings nothing", () => {
  let now = 0;
  const limit = { rate: 50, burst: 100 };
  const pace = newPace(() => now);
  const taken = () => {
    let count = 0;
    while (pace(limit) === 0) count++;
    return count;
  };
  expect(taken()).toBe(50);
  expect(pace(limit)).toBe(20);
  now += 200;
  expect(taken()).toBe(10);
  now -= 10_000; // the clock was put back
  expect(taken()).toBe(0);
  now += 20;
  expect(taken()).toBe(1);
  const none = { rate: 0, burst: 1 };
  expect([pace(none), pace(none)]).toEqual([0, 0]);
});
