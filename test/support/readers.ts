import { expect } from "vitest";
import { assertExactlyOnce, assertSameLog, type Seen } from "./chain.ts";
import { type History, type Message, positionOf } from "./frames.ts";
import { wholeLog } from "./log.ts";
import type { Service } from "./service.ts";
import type { Subscriber } from "./subscriber.ts";

/** Where a room's log ends now. */
export async function headOf(service: Service, room: string): Promise<string> {
  const { body } = await service.room<History>("GET", room, "messages", { query: { after: undefined, limit: 1 } });
  return body.cursor;
}

/** Waits until all of them stand at the room's end, which nobody moves meanwhile. */
export async function caughtUp(service: Service, room: string, readers: Subscriber[], timeout?: number): Promise<void> {
  const head = await headOf(service, room);
  await Promise.all(
    readers.map((reader) => reader.until(({ cursor }) => cursor === head, `the head ${head}`, timeout)),
  );
}

/**
 * Checks that each of them, by all its connections and over whatever transports, got the log after seq `after` once, in
 * order and byte for byte, and returns that log.
 */
export async function expectWholeLog(
  service: Service,
  room: string,
  readers: Subscriber[],
  { after = 0, timeout = 20_000 }: { after?: number; timeout?: number } = {},
): Promise<Seen[]> {
  await caughtUp(service, room, readers, timeout);
  const log = (await wholeLog(service, room)).slice(after);
  for (const { chain } of readers) {
    const seen = assertExactlyOnce(chain);
    expect(seen.map(({ cursor }) => cursor)).toEqual(log.map(({ cursor }) => cursor));
    assertSameLog([log, seen]);
  }
  return log;
}

/** Waits until one more message comes through, so that anything before it has come too; returns what came before. */
export async function beforeMark(service: Service, room: string, reader: Subscriber): Promise<Message[]> {
  await service.publish(room, { event: "mark", data: null });
  await reader.until(({ messages }) => messages.at(-1)?.event === "mark", "the mark");
  return reader.messages.slice(0, -1);
}

/** Publishes {"n": first} … {"n": last} by one POST each, and so one after the other. */
export async function publishEach(service: Service, room: string, first: number, last: number): Promise<void> {
  for (let n = first; n <= last; n++) expect((await service.publish(room, { data: { n } })).status).toBe(201);
}

/** Drops the connection, and comes back over the same transport from where it was. */
export async function cut(reader: Subscriber): Promise<Subscriber> {
  reader.terminate();
  await reader.closed;
  return reader.resume();
}

export const seqs = (messages: readonly Message[]): number[] => messages.map(({ seq }) => seq);

/** The cursor of another place in the same life of a log. */
export const cursorAt = (cursor: string, seq: number): string => `${positionOf(cursor).epoch}-${seq}`;
