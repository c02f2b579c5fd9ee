import { describe, expect, it } from "vitest";
import { readAnswer } from "../../bench/load/http-connection.ts";

const PLAIN = Buffer.from('HTTP/1.1 201 Created\r\nContent-Type: x\r\ncontent-length: 9\r\n\r\n{"seq":1}');
const CHUNKED = Buffer.from(
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA\r\n\r\nanswers!\r\n0\r\n\r\n",
);

describe("an answer over HTTP", () => {
  it.each([
    ["by its length", PLAIN, 201, '{"seq":1}'],
    ["in chunks, with line ends in them", CHUNKED, 200, "hello\r\nanswers!"],
  ])("is read %s, and is not there before its last byte", (_how, bytes, status, body) => {
    for (let length = 0; length < bytes.length; length++)
      expect(readAnswer(bytes.subarray(0, length)), `${length} bytes`).toBeNull();
    expect(readAnswer(bytes)).toEqual({ status, body: Buffer.from(body) });
  });
});
