// `npm run join`: a chat in the terminal. Here are the socket, the terminal, the clock and the process; what they are
// to do is decided in chat/chat.ts.
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { step } from "./chat/chat.ts";
import { type Action, type Happening, newChat } from "./chat/state.ts";
import { signingSecret } from "./dev-vars.mjs";
import { chatCapabilities, connectUrl, type JoinRequest, readJoinArguments, USAGE } from "./join-args.ts";
import { mint } from "./mint.mjs";
import { DEV_VARS } from "./project.mjs";
import { Screen } from "./screen.ts";
import { readService } from "./service-file.mjs";
import { exitForWrongArguments } from "./wrong-arguments.ts";

/** ms: how late a heartbeat, a reconnect or a retry may be. */
const TICK = 100;
/** Lines that wait to be sent, above which a pipe is not read any further. */
const OUTBOX_FULL = 1_000;
/** What a WebSocket reports that never opened: Node has no close event for it. (RFC 6455, 7.1.5) */
const ABNORMAL = 1006;

const request = readRequest();
const base = request.url ?? runningService();
const tokenSource = prepareToken(request);
const input = createInterface({
  input: process.stdin,
  ...(process.stdin.isTTY && process.stdout.isTTY ? { output: process.stdout, prompt: "> " } : {}),
});
const screen = new Screen(input);
let chat = newChat({ rewind: request.rewind, after: request.after, canRenewToken: request.token === null });
let socket: WebSocket | null = null;

function happen(happening: Happening): void {
  const next = step(chat, happening, { now: Date.now(), random: Math.random() });
  chat = next.chat;
  for (const action of next.actions) perform(action);
  if (chat.inputEnded) return;
  if (chat.outbox.length >= OUTBOX_FULL) input.pause();
  else input.resume();
}

function perform(action: Action): void {
  switch (action.do) {
    case "connect":
      return connect(action.query);
    case "send":
      return socket?.send(action.text);
    case "drop":
      socket?.close();
      socket = null;
      return;
    case "print":
      return screen.print(action.as, action.line);
    case "exit":
      screen.close();
      process.exit(action.code);
      return;
    default:
      return action satisfies never;
  }
}

function connect(query: string): void {
  const opened = new WebSocket(connectUrl(base, request.room, query), [
    "edgewire.v1",
    `edgewire.token.${tokenSource()}`,
  ]);
  socket = opened;
  // What an earlier socket still says is about a connection that was given up.
  const heard = (happening: Happening) => {
    if (socket === opened) happen(happening);
  };
  opened.addEventListener("message", ({ data }) => heard({ type: "frame", text: String(data) }));
  opened.addEventListener("close", ({ code, reason }) => heard({ type: "close", code, reason }));
  opened.addEventListener("error", () => {
    if (opened.readyState !== WebSocket.OPEN) heard({ type: "close", code: ABNORMAL, reason: "no connection" });
  });
}

input.on("line", (text) => {
  screen.forgetTypedLine(text);
  happen({ type: "line", text, id: randomUUID() });
});
input.on("close", () => happen({ type: "end-of-input" }));
input.on("SIGINT", () => happen({ type: "quit" }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => happen({ type: "quit" }));
// Nobody reads what we print any more, for example behind `| head`.
process.stdout.on("error", () => happen({ type: "quit" }));
setInterval(() => happen({ type: "tick" }), TICK);
happen({ type: "tick" });

function readRequest(): JoinRequest {
  try {
    return readJoinArguments(process.argv.slice(2));
  } catch (error) {
    return exitForWrongArguments(error, USAGE);
  }
}

function runningService(): URL {
  const service = readService();
  return service === null
    ? fail("No service is running here: start it in another terminal with `npm start`, or give its --url.")
    : new URL(service.url);
}

/** A function, because every connection gets a fresh token where we sign it ourselves. */
function prepareToken({ token, user, room }: JoinRequest): () => string {
  if (token !== null || user === null) return () => token ?? "";
  const signing = signingSecret(DEV_VARS, process.env);
  if ("problem" in signing) return fail(signing.problem);
  return () => mint({ secret: signing.secret, user, capabilities: chatCapabilities(room) });
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
