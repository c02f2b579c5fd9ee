import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeServerFrame } from "../../../src/protocol/decode-server.ts";
import { PING, PONG, PROTOCOL } from "../../../src/protocol/frames.ts";
import { sentFrames, understoodFrames } from "./golden-frames.ts";

const FILE = new URL("golden.json", import.meta.url);
const DECIDE = `The wire shape is not what test/unit/protocol/golden.json froze. Decide: if old clients and old servers get
along with the change (GROW-1: within a version things are only added), freeze it with GOLDEN=write; if they do not, it
needs a new PROTOCOL in src/protocol/frames.ts, and a server that still speaks version ${PROTOCOL}.`;

const now = {
  version: { protocol: PROTOCOL, ping: PING, pong: PONG },
  sent: sentFrames(),
  understood: understoodFrames(),
};
if (process.env.GOLDEN === "write") writeFileSync(FILE, `${JSON.stringify(now, null, 2)}\n`);
const frozen = JSON.parse(readFileSync(FILE, "utf8")) as typeof now;

test("GROW-1 the version and the heartbeat are those that were frozen", () => {
  expect(now.version, DECIDE).toStrictEqual(frozen.version);
});

test("GROW-1 the service sends the frames that were frozen, to the byte", () => {
  expect(now.sent, DECIDE).toStrictEqual(frozen.sent);
});

test("GROW-1 the service understands the frames that were frozen", () => {
  expect(now.understood, DECIDE).toStrictEqual(frozen.understood);
});

test.each(Object.entries(frozen.sent))("GROW-1 a client understands: %s", (_name, text) => {
  expect(decodeServerFrame(text)).toStrictEqual({ kind: "frame", frame: JSON.parse(text) });
});
