// `npm run join`: a chat in the terminal, by the SDK. Here are the terminal and the process; what is shown and when to leave
// is decided in chat/chat.ts.
import { createInterface } from "node:readline";
import { Edgewire } from "../client/index.ts";
import { Chat } from "./chat/chat.ts";
import { signingSecret } from "./dev-vars.mjs";
import { chatCapabilities, type JoinRequest, readJoinArguments, USAGE } from "./join-args.ts";
import { mint } from "./mint.mjs";
import { DEV_VARS } from "./project.mjs";
import { Screen } from "./screen.ts";
import { readService } from "./service-file.mjs";
import { exitForWrongArguments } from "./wrong-arguments.ts";

/** Lines that wait to be sent, above which a pipe is not read any further; and what may be read meanwhile. */
const ENOUGH_WAITING = 1_000;
const OUTBOX = { messages: 100_000, bytes: 256 * 1024 * 1024 };
/** ms: how long the goodbye may take. */
const LEAVE_WITHIN = 2_000;

const request = readRequest();
const { room: name, rewind, after } = request;
const wire = new Edgewire({ url: request.url ?? runningService(), token: tokenOf(request), outbox: OUTBOX });
const room = wire.room(name, { presence: "members", ...(after === null ? { rewind } : { after }) });

const input = createInterface({
  input: process.stdin,
  ...(process.stdin.isTTY && process.stdout.isTTY ? { output: process.stdout, prompt: "> " } : {}),
});
const screen = new Screen(input);
const chat = new Chat({
  room,
  name,
  print: (as, line) => screen.print(as, line),
  ended: (code) => {
    screen.close();
    input.close();
    process.stdin.destroy();
    process.exitCode = code;
    // The process ends with its socket, which has a goodbye to say; but not for the sake of one who does not answer.
    setTimeout(() => process.exit(), LEAVE_WITHIN).unref();
  },
});

/** A second time: at once. */
function quit(): void {
  if (process.exitCode !== undefined) process.exit();
  chat.quit();
}

input.on("line", async (text) => {
  screen.forgetTypedLine(text);
  const sent = chat.line(text);
  if (chat.waiting >= ENOUGH_WAITING) input.pause();
  await sent;
  if (chat.waiting < ENOUGH_WAITING) input.resume();
});
input.on("close", () => chat.endOfInput());
input.on("SIGINT", quit);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, quit);
// Nobody reads what we print any more, for example behind `| head`.
process.stdout.on("error", quit);

function readRequest(): JoinRequest {
  try {
    return readJoinArguments(process.argv.slice(2));
  } catch (error) {
    return exitForWrongArguments(error, USAGE);
  }
}

function runningService(): string {
  const service = readService();
  return service === null
    ? fail("No service is running here: start it in another terminal with `npm start`, or give its --url.")
    : service.url;
}

/** A function, because every connection gets a fresh token where we sign it ourselves. */
function tokenOf({ token, user, room }: JoinRequest): string | (() => string) {
  if (token !== null || user === null) return token ?? "";
  const signing = signingSecret(DEV_VARS, process.env);
  if ("problem" in signing) return fail(signing.problem);
  return () => mint({ secret: signing.secret, user, capabilities: chatCapabilities(room) });
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
