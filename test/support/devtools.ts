import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";

const FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];

type Answer = Record<string, unknown>;

/** A tab, spoken to in Chromium's own protocol. */
export interface Tab {
  /** The value of an expression in the page. */
  evaluate<Value>(expression: string): Promise<Value>;
  send(method: string, params?: object): Promise<Answer>;
  /** Brings it before the others of its window, which are hidden then. */
  show(): Promise<void>;
}

export interface Chromium {
  /** @param first runs in the page before its own scripts */
  open(url: string, first?: () => void): Promise<Tab>;
  stop(): Promise<void>;
}

/**
 * Chromium without Playwright, which keeps every page of its own visible and focused: here a tab that is not in front is
 * hidden, and treated so.
 */
export async function startChromium(): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), "edgewire-devtools-"));
  const args = [...FLAGS, `--user-data-dir=${profile}`, "--remote-debugging-port=0", "about:blank"];
  const child = spawn("/usr/bin/chromium", args, { stdio: ["ignore", "ignore", "pipe"] });
  const socket = new WebSocket(await addressOf(child));
  await once(socket, "open");
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.on("message", (text) => {
    const { id, result, error } = JSON.parse(String(text)) as { id?: number; result?: Answer; error?: Answer };
    if (id !== undefined) waiting.get(id)?.(result ?? { error });
  });
  let last = 0;
  const send = (method: string, params: object = {}, sessionId?: string): Promise<Answer> => {
    const id = ++last;
    socket.send(JSON.stringify({ id, method, params, sessionId }));
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  return {
    open: async (url, first) => {
      const { targetId } = await send("Target.createTarget", { url: "about:blank" });
      const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
      const ask = (method: string, params?: object) => send(method, params, sessionId as string);
      await ask("Page.enable");
      if (first !== undefined) await ask("Page.addScriptToEvaluateOnNewDocument", { source: `(${first})()` });
      await ask("Page.navigate", { url });
      return {
        send: ask,
        show: async () => void (await send("Target.activateTarget", { targetId })),
        evaluate: async <Value>(expression: string) => {
          const answer = await ask("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
          return (answer.result as { value: Value } | undefined)?.value as Value;
        },
      };
    },
    stop: async () => {
      const exited = once(child, "exit");
      // Asked, not killed: only so it ends what it has started, which would go on writing to what is being removed.
      child.kill("SIGTERM");
      await exited;
      await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.once("exit", () => reject(new Error(`Chromium does not start: ${text}`)));
    child.stderr?.on("data", (part) => {
      text += part;
      const [, address] = /listening on (ws:\S+)/.exec(text) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
}
