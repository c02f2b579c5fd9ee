import { execFile, spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { EventStreamParser, type StreamEvent } from "../../../support/event-stream-parser.ts";
import { Inbox } from "../../../support/inbox.ts";
import type { ForeignClient, Way } from "./client.ts";

type Reader = Pick<Way, "origin" | "path" | "token">;

const headerOf = (token: string) => ["--header", `Authorization: Bearer ${token}`];

/** One run of `curl -N` on the event stream. */
export interface CurlRun {
  /** What EventSource would send now to go on from here. */
  readonly lastEventId: string;
  /** Resolves when it is gone, however it ended, and all that it had printed is taken. */
  readonly ended: Promise<void>;
  /** SIGKILL. */
  stop(): Promise<void>;
}

/** Starts it. @param lastEventId empty: from now on */
export function curlEvents(
  { origin, path, token }: Reader,
  lastEventId: string,
  take: (event: StreamEvent) => void,
): CurlRun {
  // A new parser for each run: half an event is thrown away.
  const parser = new EventStreamParser(lastEventId);
  const resume = lastEventId === "" ? [] : ["--header", `Last-Event-ID: ${lastEventId}`];
  const curl = spawn("curl", ["-N", "--silent", "--fail", ...headerOf(token), ...resume, `${origin}${path}/events`]);
  curl.stdout.on("data", (bytes: Buffer) => {
    for (const event of parser.read(bytes)) take(event);
  });
  const ended = new Promise<void>((resolve) => {
    curl.once("close", () => resolve());
  });
  return {
    get lastEventId() {
      return parser.lastEventId;
    },
    ended,
    stop: () => {
      curl.kill("SIGKILL");
      return ended;
    },
  };
}

/** `curl -N`, and another with Last-Event-ID whenever one has ended. */
export const curlStream: ForeignClient = {
  name: "curl -N",
  needs: "curl",
  start: (way) => {
    const inbox = new Inbox();
    let isWanted = true;
    let run: CurlRun;
    const loop = async () => {
      for (let lastEventId = ""; isWanted; lastEventId = run.lastEventId) {
        run = curlEvents(way, lastEventId, (event) => inbox.takeEvent(event));
        await run.ended;
        inbox.cuts++;
        await pause(100 * Math.random());
      }
    };
    const looping = loop();
    return {
      inbox,
      stop: async () => {
        isWanted = false;
        await run.stop();
        await looping;
      },
    };
  },
};

/** One `curl …/poll` after the other, each with the cursor that the last one printed. */
export const curlPoll: ForeignClient = {
  name: "a loop of curl …/poll",
  needs: "curl",
  start: ({ origin, path, token }) => {
    const inbox = new Inbox();
    let isWanted = true;
    const loop = async () => {
      while (isWanted) {
        const after = inbox.cursor === undefined ? "" : `&after=${inbox.cursor}`;
        const url = `${origin}${path}/poll?timeout=2${after}`;
        try {
          inbox.takeAnswer(await output("curl", ["--silent", "--fail", "--max-time", "10", ...headerOf(token), url]));
        } catch {
          inbox.cuts++;
          await pause(100 * Math.random());
        }
      }
    };
    const looping = loop();
    return {
      inbox,
      stop: () => {
        isWanted = false;
        return looping;
      },
    };
  },
};

/** What the program prints; rejects if its exit code is not 0. */
function output(command: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 2 ** 24 }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
}
