import { fileURLToPath } from "node:url";
import { startProgram } from "../../../support/guarded-program.ts";
import { Inbox } from "../../../support/inbox.ts";
import type { ForeignClient } from "./client.ts";

const program = fileURLToPath(new URL("./node-event-source.main.ts", import.meta.url));

/** Node's own EventSource, which is behind a flag, and so in a process of its own. */
export const nodeEventSource: ForeignClient = {
  name: "Node's own EventSource with a ticket",
  start: ({ origin, path, ticket }) => {
    const inbox = new Inbox();
    const flags = ["--experimental-eventsource", "--disable-warning=ExperimentalWarning"];
    const url = `${origin}${path}/events?ticket=${ticket}`;
    const child = startProgram([process.execPath, ...flags, program, url], (line) => {
      const event = JSON.parse(line);
      if (event.type === "error") inbox.cuts++;
      else inbox.takeEvent(event);
    });
    return {
      inbox,
      get complaints() {
        return child.complaints;
      },
      stop: child.stop,
    };
  },
};
