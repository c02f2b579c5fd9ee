import { fileURLToPath } from "node:url";
import { startProgram } from "../../../support/guarded-program.ts";
import { Inbox } from "../../../support/inbox.ts";
import type { Following, ForeignClient, Way } from "./client.ts";

const programOf = (name: string) => fileURLToPath(new URL(`./${name}`, import.meta.url));

export const pythonWebSockets: ForeignClient = {
  name: "Python's websockets with the token as a subprotocol",
  needs: "python3-websockets",
  start: (way) => follow(["/usr/bin/python3", programOf("follow.py")], way),
};

export const javaWebSocket: ForeignClient = {
  name: "the JDK's java.net.http.WebSocket with the token in a header",
  needs: "java",
  start: (way) => follow(["java", programOf("Follow.java")], way),
};

/** A program that prints the frames it gets, and `cut` when its connection has ended. */
function follow(command: readonly [string, ...string[]], { origin, path, token }: Way): Following {
  const inbox = new Inbox();
  const url = `${origin.replace("http", "ws")}${path}`;
  const program = startProgram([...command, url, token], (line) => {
    if (line === "cut") inbox.cuts++;
    else inbox.takeFrame(line);
  });
  return {
    inbox,
    get complaints() {
      return program.complaints;
    },
    stop: program.stop,
  };
}
