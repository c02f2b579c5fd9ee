/** An application's process is killed with messages that are not sent, or not answered: its next life sends them, once. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { channelUrl } from "../../../support/channel-url.ts";
import type { History } from "../../../support/frames.ts";
import { call } from "../../../support/http.ts";
import { until } from "../../../support/until.ts";
import { type HistoryEvent, parseHistory } from "../../history.ts";
import { API_KEY } from "../../tokens.ts";
import type { OutboxLife } from "../outbox-program.ts";
import type { Room, Stage } from "../stage.ts";
import { staged } from "./staged.ts";

const PROGRAM = fileURLToPath(new URL("../outbox-program.ts", import.meta.url));
const USER = "app";

export const outbox = staged({
  name: "outbox",
  about:
    "kill -9 of a client's process with messages in its kept outbox: its next life sends them, none twice, none lost",
  servers: ["workerd"],
  sizes: { short: 0, usual: 10, long: 30 },
  stage: { rooms: 1 },
  pace: 2,
  async cast(stage) {
    const [room] = stage.rooms as [Room];
    for (let index = 0; index < 3; index++) await stage.cast.addRaw(room);
    await stage.cast.addSdk(room);
    stage.cast.talkers.push(...stage.cast.followers.map(({ talker }) => talker));
  },
  async disturb(stage, { size }) {
    const [room] = stage.rooms as [Room];
    const { proxy } = await stage.proxy(USER);
    stage.allow(USER, room);
    const storePath = stage.fileNamed("store");
    const historyPath = stage.fileNamed("outbox.jsonl");
    stage.recordings.push(historyPath);
    const live = (number: number, every: number | null) => {
      const { channel, canary, start } = room;
      const seed = stage.random.below(2 ** 32);
      const about = { user: USER, channel, canary, after: start, url: proxy.url, seed, storePath, historyPath, every };
      const life: OutboxLife = { name: `${USER}-${number}`, ...about };
      return spawn(process.execPath, ["--no-warnings", PROGRAM, JSON.stringify(life)], { stdio: "inherit" });
    };
    const die = async (child: ChildProcess, number: number) => {
      await end(child);
      died(stage, number, historyPath);
    };
    for (let number = 1; number <= size; number++) {
      const child = live(number, 10);
      try {
        await until(() => eventsOf(number, historyPath).some(({ type }) => type === "send"), { what: "it has begun" });
        await pause(stage.random.between(100, 1000));
        // Half of them while what they say goes nowhere.
        if (stage.random.chance(0.5)) proxy.blacken(["up"]);
        await pause(stage.random.between(0, 300));
      } finally {
        stage.fault("client killed");
        await die(child, number);
      }
    }
    const last = live(size + 1, null);
    try {
      const kept = keptIn(historyPath);
      await until(async () => kept.isSubsetOf(await idsIn(stage, room)), {
        what: `all ${kept.size} messages that were kept are in the log`,
      });
    } finally {
      await die(last, size + 1);
    }
  },
});

/** What that life has written so far. */
function eventsOf(number: number, path: string): HistoryEvent[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1); // it is being written
  return parseHistory(whole).filter(({ client }) => client === `${USER}-${number}`);
}

/** Notes what the dead cannot: that their connection is over, and that they follow no longer. */
function died({ recorder }: Stage, number: number, historyPath: string): void {
  const client = `${USER}-${number}`;
  const last = eventsOf(number, historyPath).findLast((event) => event.type === "connect");
  if (last !== undefined) recorder.for(client).note({ type: "close", connection: last.connection, code: 1006 });
  recorder.for(client).note({ type: "stop" });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

/** Ids of what was published: of each life all but the last, which may not have been kept yet. */
function keptIn(path: string): Set<string> {
  const sent = parseHistory(readFileSync(path, "utf8")).filter((event) => event.type === "send");
  const lasts = new Map(sent.map(({ client, id }) => [client, id]));
  return new Set(sent.flatMap(({ client, id }) => (id === null || lasts.get(client) === id ? [] : [id])));
}

async function idsIn(stage: Stage, { channel, start }: Room): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let after = start, more = true; more; ) {
    const url = channelUrl(stage.server.url, channel, "messages", { after, limit: 1000 });
    const { body } = await call<History>("GET", url, { token: API_KEY });
    for (const { id } of body.messages) ids.add(id);
    ({ cursor: after, more } = body);
  }
  return ids;
}
