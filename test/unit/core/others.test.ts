import { expect, test } from "vitest";
import type { MemberAt } from "../../../src/core/member-at.ts";
import { Others } from "../../../src/core/others.ts";
import { OwnReport, type PresenceReport } from "../../../src/core/presence-report.ts";
import { OthersTable } from "../../../src/storage/others.ts";
import { MemorySql } from "../../support/sqlite.ts";

const at = (user: string, parts: Partial<MemberAt> = {}): MemberAt => {
  return { user, since: 1, connections: 1, info: null, infoAt: null, data: null, dataAt: null, ...parts };
};

/** One that reports, and one that takes it. */
function pair() {
  const members = new Map<string, MemberAt>();
  const sql = new MemorySql();
  const [report, others] = [new OwnReport(), new Others(new OthersTable(sql))];
  report.begin([]);
  others.add("relay");
  const told: string[] = [];
  const put = (member: MemberAt) => {
    members.set(member.user, member);
    report.touch(member.user);
  };
  const remove = (user: string) => {
    members.delete(user);
    report.touch(user);
  };
  const news = () => report.news(members.size, (user) => members.get(user) ?? null);
  const take = (said: PresenceReport | null) =>
    said !== null &&
    others.take("relay", said, (user, before, after) => told.push(`${user} ${before.length}>${after.length}`));
  return { sql, members, report, others, told, put, remove, news, take };
}

test("MEMBER-3 a report is taken once, and one before which something is missing is not", () => {
  const { members, report, others, told, put, remove, news, take } = pair();
  expect(take(report.everything([]))).toBe(true);
  put(at("bob"));
  const first = news();
  expect([take(first), take(first), told]).toEqual([true, true, ["bob 0>1"]]);
  put(at("amy"));
  news(); // is lost
  remove("bob");
  const third = news();
  expect([take(third), take(third), told.length]).toEqual([false, false, 1]);
  expect(take(report.check(1))).toBe(false);
  expect(take(report.everything([...members.values()]))).toBe(true);
  expect(told.slice(1)).toEqual(["bob 1>0", "amy 0>1"]);
  expect([[...others.users], others.source("relay")?.count]).toEqual([["amy"], 1]);
  expect(take(report.check(1))).toBe(true);
});

test("MEMBER-3 who came and went between two reports is in neither, and what is as it was is not said", () => {
  const { put, remove, news } = pair();
  put(at("bob"));
  expect(news()).toMatchObject({ members: [at("bob")], left: [], count: 1 });
  put(at("amy"));
  remove("amy");
  put(at("bob", { connections: 2 }));
  put(at("bob"));
  expect(news()).toBeNull();
});

test("MEMBER-3 the same members are the same state in whatever order they came, also for one who forgot it", () => {
  const { members, report, put, remove, news } = pair();
  const users = Array.from({ length: 200 }, (_, index) => `u${index}`);
  for (const user of users) put(at(user, { data: user }));
  news();
  for (const user of users.slice(50, 150)) remove(user);
  news();
  const another = new OwnReport();
  another.begin([...members.values()].reverse());
  expect(another.check(100)).toEqual(report.check(100));
});

test("MEMBER-5 what was taken is there after a wake, and what was dropped is not", () => {
  const { sql, report, others, put, news, take } = pair();
  take(report.everything([]));
  for (const user of ["bob", "amy", "__proto__"]) put(at(user, { data: { said: user }, dataAt: 2 ** 50 }));
  take(news());
  others.setWatchers("relay", 3);
  others.setLost("relay", 7);
  const woken = new Others(new OthersTable(sql));
  expect([...woken.sources]).toEqual([...others.sources]);
  expect(woken.of("__proto__")).toEqual([at("__proto__", { data: { said: "__proto__" }, dataAt: 2 ** 50 })]);
  expect([woken.size, woken.has("eve"), woken.watchers]).toEqual([3, false, 3]);
  woken.drop("relay", () => {});
  expect(new Others(new OthersTable(sql)).isEmpty).toBe(true);
  expect(sql.exec("SELECT * FROM others")).toEqual([]);
});

test("MEMBER-3 a channel without other nodes makes no tables, and asks nothing", () => {
  const sql = new MemorySql();
  const others = new Others(new OthersTable(sql));
  expect([others.isEmpty, others.size, others.has("bob"), others.of("bob"), others.watchers]).toEqual([
    true,
    0,
    false,
    [],
    0,
  ]);
  others.clear();
  expect(sql.exec("SELECT name FROM sqlite_master")).toEqual([]);
});
