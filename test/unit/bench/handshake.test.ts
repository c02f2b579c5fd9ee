import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { handshake } from "../../bench/load/handshake.ts";

const offer = {
  host: "127.0.0.1:1",
  path: "/v1/rooms/a/connect",
  headers: ["Authorization: Bearer k"],
  offersDeflate: true,
};

function answer(request: string, extra = ""): string {
  const key = /Sec-WebSocket-Key: (.*)\r\n/.exec(request)?.[1] ?? "";
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: ${accept}${extra}`;
}

describe("the handshake", () => {
  it("offers compression where it is asked to", () => {
    expect(handshake(offer).request).toContain("\r\nSec-WebSocket-Extensions: permessage-deflate");
    expect(handshake({ ...offer, offersDeflate: false }).request).not.toContain("Extensions");
  });

  it("accepts the acceptance of this request only", () => {
    const one = handshake(offer);
    expect(() => one.check(answer(one.request))).not.toThrow();
    expect(() => one.check(answer(handshake(offer).request))).toThrow(/wrong key/);
  });

  it("refuses a server that compresses", () => {
    const one = handshake(offer);
    expect(() => one.check(answer(one.request, "\r\nSec-WebSocket-Extensions: permessage-deflate"))).toThrow(
      /compress/,
    );
  });

  it("says what a refusal was", () => {
    expect(() => handshake(offer).check("HTTP/1.1 401 Unauthorized")).toThrow(/401/);
  });
});
