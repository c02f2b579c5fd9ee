// A program, not a module: an application with the SDK whose outbox is kept, to be killed at any moment. Its only argument
// is an `OutboxLife` as JSON.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { EdgewireOptions } from "../../../src/client/index.ts";
import { SdkClient } from "../clients/sdk-client.ts";
import { SdkWire } from "../clients/sdk-wire.ts";
import { Random } from "../random.ts";
import { FileSink, Recorder } from "../recorder.ts";
import { Tokens } from "../tokens.ts";

export interface OutboxLife {
  /** Another in each life. */
  readonly name: string;
  readonly user: string;
  readonly channel: string;
  readonly url: string;
  readonly after: string;
  readonly canary: string;
  readonly seed: number;
  /** What a page would keep in its storage. */
  readonly storePath: string;
  readonly historyPath: string;
  /** ms between two messages; null: it says nothing of its own. */
  readonly every: number | null;
}

const ALL = ["subscribe", "history", "publish", "signal", "presence"];

const life = JSON.parse(process.argv[2] as string) as OutboxLife;
const recorder = new Recorder(life.name, new FileSink(life.historyPath));
const random = new Random(life.seed);
const tokens = new Tokens({ [life.user]: { [life.channel]: ALL } }, recorder);
const { wire } = new SdkWire({
  ...{ user: life.user, url: life.url, transports: ["websocket", "sse", "poll"], multiplex: false, random },
  token: () => tokens.mint(life.user, 3600),
  more: { storage: storeIn(life.storePath), outbox: { persist: true } },
});
const client = new SdkClient({ ...life, random, recorder, isMember: () => true }, wire);
if (life.every !== null) setInterval(() => client.act(), life.every);

/** One entry a file, written whole or not at all. */
function storeIn(path: string): NonNullable<EdgewireOptions["storage"]> {
  const fileOf = (key: string) => `${path}.${Buffer.from(key).toString("hex")}`;
  return {
    getItem(key) {
      try {
        return readFileSync(fileOf(key), "utf8");
      } catch {
        return null;
      }
    },
    setItem(key, value) {
      writeFileSync(`${fileOf(key)}.new`, value);
      renameSync(`${fileOf(key)}.new`, fileOf(key));
    },
    removeItem: (key) => rmSync(fileOf(key), { force: true }),
  };
}
