import { cursorOf, type Gap, type Message, type Position, positionOf, type Welcome } from "./frames.ts";
import { rawElements } from "./raw-json.ts";
import type { ConnectOptions, Received } from "./subscriber.ts";

/** A message as one subscriber saw it. */
export interface Seen {
  message: Message;
  /** Where it stands, e.g. `k3f9x2ab-42`. */
  cursor: string;
  /** Its JSON as it came over the wire. */
  raw: string;
}

/** What is looked at of a connection, over whatever transport. */
export interface Observed {
  options: Partial<ConnectOptions>;
  welcome: Pick<Welcome, "cursor" | "resume">;
  frames: Received[];
}

export interface ChainRules {
  /**
   * Whether gaps are to be believed. Default: a gap is an error. `exact`: what they say of where the reader stood and of
   * the reason must be true, too.
   */
  gaps?: boolean | "exact";
}

/**
 * Checks that a subscriber, over all its connections, got every message after its first position once and in order,
 * and returns them. Each connection must begin where the one before it ended, with a welcome that says so, and where a
 * transport says itself how far one is, that must be true after every frame.
 */
export function assertExactlyOnce(chain: readonly Observed[], { gaps = false }: ChainRules = {}): Seen[] {
  const seen: Seen[] = [];
  let position: Position | undefined;
  for (const [index, client] of chain.entries()) {
    const where = `connection ${index + 1} of ${chain.length}`;
    position = startOf(client, position, where);
    const { epoch } = positionOf(client.welcome.cursor);
    for (const received of client.frames) {
      if (received.frame.type === "gap") {
        if (!gaps) throw new Error(`${where}: a gap, though nothing can be missing: ${received.text}`);
        const gap = received.frame as unknown as Gap;
        const before = position;
        position = afterGap(gap, client, before, where);
        if (gaps === "exact" && before !== undefined) expectExact(gap, before, position, where);
      }
      for (const found of seenIn(received, position?.epoch ?? epoch)) {
        const expected: number = (position?.seq ?? found.message.seq - 1) + 1;
        if (found.message.seq !== expected) throw new Error(`${where}: ${expected} was next, ${found.cursor} came`);
        position = positionOf(found.cursor);
        seen.push(found);
      }
      const { cursor } = received;
      if (cursor !== undefined && position !== undefined && cursor !== cursorOf(position))
        throw new Error(`${where}: at ${cursorOf(position)}, though told ${cursor} by ${received.text.slice(0, 300)}`);
    }
  }
  return seen;
}

/** Checks that all observers of one position saw the same bytes there. */
export function assertSameLog(observers: Seen[][]): void {
  const log = new Map<string, string>();
  for (const { cursor, raw } of observers.flat()) {
    const known = log.get(cursor);
    if (known === undefined) log.set(cursor, raw);
    else if (known !== raw) throw new Error(`two messages at ${cursor}:\n${known}\n${raw}`);
  }
}

/** The messages of one frame or history page, with their bytes. */
export function seenIn({ text, frame }: Pick<Received, "text"> & { frame: object }, epoch: string): Seen[] {
  const { messages = [] } = frame as { messages?: Message[] };
  const raws = messages.length === 0 ? [] : rawElements(text, "messages");
  return messages.map((message, index) => {
    return { message, cursor: cursorOf({ epoch, seq: message.seq }), raw: raws[index] as string };
  });
}

/** The position a connection begins at, checked against its welcome and the position before. */
function startOf(client: Observed, before: Position | undefined, where: string): Position | undefined {
  const { after, rewind } = client.options.query ?? {};
  const head = positionOf(client.welcome.cursor);
  if (before !== undefined && after !== undefined && after !== cursorOf(before)) {
    throw new Error(`${where}: asked for ${after}, had ${cursorOf(before)}`);
  }
  if (client.welcome.resume === "live") {
    if (after !== undefined && after !== client.welcome.cursor) {
      throw new Error(`${where}: live at ${client.welcome.cursor}, though asked for ${after}`);
    }
    return head;
  }
  if (after !== undefined) return positionOf(String(after));
  return rewind === undefined ? before : undefined;
}

/** Where a subscriber stands after a gap, which must be true: something between `before` and `oldest` is gone. */
function afterGap(
  { oldest, reason, cursor }: Gap,
  client: Observed,
  before: Position | undefined,
  where: string,
): Position {
  if (oldest === null) return positionOf(cursor ?? client.welcome.cursor);
  const { epoch, seq } = positionOf(oldest);
  if (reason === "expired" && before !== undefined && (before.epoch !== epoch || seq <= before.seq + 1)) {
    throw new Error(`${where}: a gap (${reason}) up to ${oldest}, though nothing is missing after ${cursorOf(before)}`);
  }
  return { epoch, seq: seq - 1 };
}

function expectExact({ after, reason }: Gap, before: Position, now: Position, where: string): void {
  const isOther = before.epoch !== now.epoch;
  const expected = isOther ? "epoch" : now.seq > before.seq ? "expired" : "ahead";
  if (after !== cursorOf(before) || reason !== expected)
    throw new Error(`${where}: a gap (${reason}) after ${after}, but it is (${expected}) after ${cursorOf(before)}`);
}
