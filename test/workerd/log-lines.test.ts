import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connect } from "./support/client.ts";
import { setClock, useRealClock } from "./support/clock.ts";
import { breakTable, mendTable } from "./support/fault.ts";
import { Room } from "./support/room.ts";
import { tokenFor } from "./support/service.ts";

let lines: Record<string, unknown>[];
let written: string;

beforeEach(() => {
  lines = [];
  written = "";
  const note = (line: string) => {
    written += `${line}\n`;
    lines.push(JSON.parse(line));
  };
  vi.spyOn(console, "log").mockImplementation(note);
  vi.spyOn(console, "error").mockImplementation(note);
});
afterEach(() => {
  vi.restoreAllMocks();
  useRealClock();
});

test("LOG-1 a close that the client did not ask for is one line, without ids", async () => {
  setClock(Date.now());
  const room = new Room("logged");
  const token = await tokenFor("secret-user", { exp: Math.floor(Date.now() / 1000) + 60 });
  const bob = await connect(room, { token });
  await bob.request({ type: "publish", event: "say", data: "secret-data" });
  setClock(Date.now() + 61_000);
  await room.ring();
  await bob.ended();
  expect(lines).toEqual([expect.objectContaining({ event: "closed", code: "unauthenticated", closeCode: 4401 })]);
  for (const secret of [room.id, "secret-user", "secret-data", token, bob.welcome.connection])
    expect(written).not.toContain(secret);
});

test("LOG-1 a close that the client asked for is none", async () => {
  const room = new Room("quiet");
  const bob = await connect(room, { user: "bob" });
  await bob.request({ type: "leave" });
  const eve = await connect(room, { user: "eve" });
  await eve.close(1000);
  expect(lines).toEqual([]);
});

test("LOG-1 a failed commit is a line that says why, without what was published", async () => {
  const room = new Room("logged");
  await room.publish({ data: "first" });
  await breakTable(room, "log");
  expect((await room.publish({ data: "secret-data", user: "secret-user" })).status).toBe(503);
  await mendTable(room);
  expect(lines.filter(({ event }) => event === "object_failed")).toHaveLength(1);
  expect(written).toContain("made by a test");
  for (const secret of [room.id, "secret-user", "secret-data"]) expect(written).not.toContain(secret);
});

test("LOG-1 a failed deadline is a line that says which and why", async () => {
  const start = Date.now();
  setClock(start);
  const room = new Room("logged");
  await room.publish({ data: "first" });
  await room.inside((_, { storage }) => storage.sql.exec("ALTER TABLE log RENAME TO gone"));
  setClock(start + 30 * 3_600_000);
  await room.ring().catch(() => undefined);
  expect(lines).toContainEqual(expect.objectContaining({ event: "deadline_failed", deadline: "retention" }));
});
