import type { Client, Frame } from "./client.ts";

/**
 * What a connection was told, without what differs from run to run: times, the room, the epoch, random ids. Answers to
 * a test's own `drained` are left out.
 */
export function transcript(client: Client, names: ReadonlyMap<string, string>): unknown[] {
  const told: unknown[] = [];
  let count: number | undefined = client.welcome.presence?.count;
  for (const frame of client.frames) {
    if (frame.type === "ack" && "messages" in frame) continue;
    // A watcher of the count may hear it again after a hibernation, which forgets what it was told: that is no news.
    if (isCount(frame) && frame.count === count) continue;
    if (frame.type === "presence") count = frame.count;
    told.push(withoutChance(frame, names));
  }
  if (client.closed !== null) told.push(client.closed);
  return told;
}

const OF_CHANCE = new Set(["at", "since", "channel"]);
const EPOCH = /^[a-z0-9]{12}-(?=\d+$)/;
const RANDOM_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @param names of connections, by their random ids */
export function withoutChance(frame: object, names: ReadonlyMap<string, string>): object {
  return JSON.parse(JSON.stringify(frame), (key, value) => {
    if (OF_CHANCE.has(key)) return undefined;
    if (typeof value !== "string") return value;
    return (names.get(value) ?? value).replace(RANDOM_ID, "<id>").replace(EPOCH, "<epoch>-");
  });
}

/** A frame in a few words: whom and what it tells of. */
export function inShort(frame: Frame): string {
  switch (frame.type) {
    case "welcome":
      return `welcome, ${frame.resume}${frame.presence === undefined ? "" : `, ${frame.presence.count} here`}`;
    case "messages":
      return `messages ${frame.messages.map(({ seq }: Frame) => seq).join(" ")}`;
    case "signals":
      return `signals ${frame.signals.map(({ event }: Frame) => event).join(" ")}`;
    case "presence":
      return [...changes(frame), `${frame.count} here`].join(", ");
    case "ack":
      return "seq" in frame ? `ack ${frame.seq}${frame.duplicate ? " again" : ""}` : "ack";
    case "acks":
      return `acks ${frame.acks.map(({ seq }: Frame) => seq).join(" ")}`;
    case "error":
      return `error ${frame.code}`;
    default:
      return frame.type;
  }
}

function isCount(frame: Frame): boolean {
  return frame.type === "presence" && changes(frame).length === 0;
}

function changes(frame: Frame): string[] {
  return ["joined", "left", "updated"].flatMap((change) =>
    (frame[change] ?? []).map(({ user }: { user: string }) => `${user} ${change}`),
  );
}
