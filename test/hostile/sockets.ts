/**
 * Frames that break RFC 6455, as bytes, after a handshake that is right; and closes of every kind. The runtime reads them
 * before the service does: what counts is how the connection ends, and that nobody else is the worse for it.
 */

export interface SocketCase {
  readonly what: string;
  /** Written one after the other. */
  readonly sent: readonly Uint8Array[];
  /** Codes of the Close that may come back; `CUT`: the connection ends without one; `GOES_ON`: it does. */
  readonly ends: readonly number[];
}

export const CUT = 1006;
/** It ends without a code. */
export const NO_CODE = 1005;
export const GOES_ON = 0;

const CONTINUATION = 0x0;
const TEXT = 0x1;
const BINARY = 0x2;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;
const FIN = 0x80;
const MASKED = 0x80;

interface Odd {
  /** Default: the last of its message. */
  readonly fin?: boolean;
  /** The three reserved bits. Default 0. */
  readonly reserved?: number;
  readonly masked?: boolean;
  /** What it says its length is, in so many bytes; default: what it is, in as few as it takes. */
  readonly length?: readonly [bytes: 1 | 2 | 8, said: bigint];
}

/** One frame, right unless told otherwise. The mask is of zeros, so that a payload is legible here. */
export function frame(opcode: number, payload: string | Uint8Array = "", odd: Odd = {}): Uint8Array {
  const { fin = true, reserved = 0, masked = true } = odd;
  const content = Buffer.from(payload as string);
  const fitting = content.length < 126 ? 1 : content.length < 65_536 ? 2 : 8;
  const [bytes, said] = odd.length ?? [fitting, BigInt(content.length)];
  const head = Buffer.alloc(bytes === 1 ? 2 : 2 + bytes);
  head[0] = (fin ? FIN : 0) | (reserved << 4) | opcode;
  head[1] = (masked ? MASKED : 0) | (bytes === 1 ? Number(said) : bytes === 2 ? 126 : 127);
  if (bytes === 2) head.writeUInt16BE(Number(said), 2);
  if (bytes === 8) head.writeBigUInt64BE(said, 2);
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), content]);
}

const MEMBERS = '{"type":"members","limit":0}';
const closing = (code: number, reason: string | Uint8Array = "") =>
  frame(CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason as string)]));
const cut = (value: string, ...cuts: number[]) => {
  const ends = [...cuts, value.length];
  return ends.map((end, index) =>
    frame(index === 0 ? TEXT : CONTINUATION, value.slice(ends[index - 1] ?? 0, end), { fin: index === cuts.length }),
  );
};

const half = cut(MEMBERS, 5);

const goesOn = (what: string, ...sent: Uint8Array[]): SocketCase => ({ what, sent, ends: [GOES_ON] });
/** A protocol error, by RFC 6455 section 7.1.7; some proxies on the way just cut. */
const broken = (what: string, ...sent: Uint8Array[]): SocketCase => ({ what, sent, ends: [1002, CUT] });
/** The same by the RFC. The runtime of today takes it, which hurts nobody. */
const odd = (what: string, ...sent: Uint8Array[]): SocketCase => ({ what, sent, ends: [GOES_ON, 1002, CUT] });
const ends = (what: string, codes: readonly number[], ...sent: Uint8Array[]): SocketCase => ({
  what,
  sent,
  ends: codes,
});

const fragments: readonly SocketCase[] = [
  goesOn("a frame in two pieces", ...cut(MEMBERS, 5)),
  goesOn(
    "a frame in a piece for each byte",
    ...cut(MEMBERS, ...Array.from({ length: MEMBERS.length - 1 }, (_, n) => n + 1)),
  ),
  goesOn("empty pieces before, between and behind", ...cut(MEMBERS, 0, 0, 9, 9, MEMBERS.length, MEMBERS.length)),
  goesOn("a ping between two pieces", half[0] as Uint8Array, frame(PING, "x"), half[1] as Uint8Array),
  goesOn(
    "a character cut in two",
    frame(TEXT, '{"type":"members","x":"', { fin: false }),
    frame(CONTINUATION, Uint8Array.of(0xc3), { fin: false }),
    frame(CONTINUATION, Buffer.concat([Uint8Array.of(0xa9), Buffer.from('"}')])),
  ),
  goesOn("a frame byte by byte", ...Array.from(frame(TEXT, MEMBERS), (byte) => Uint8Array.of(byte))),
  goesOn("a length in more bytes than it takes", frame(TEXT, MEMBERS, { length: [2, BigInt(MEMBERS.length)] })),
  broken("a continuation of nothing", frame(CONTINUATION, MEMBERS)),
  broken("a continuation of nothing, not the last", frame(CONTINUATION, MEMBERS, { fin: false })),
  broken("a text within a text", frame(TEXT, "{", { fin: false }), frame(TEXT, MEMBERS)),
  broken("bytes within a text", frame(TEXT, "{", { fin: false }), frame(BINARY, "x")),
  broken("a continuation after the last", ...cut(MEMBERS, 5), frame(CONTINUATION, "x")),
  ends("pieces that are too large together", [1009], ...cut("x".repeat(200_000), 50_000, 100_000, 150_000)),
];

const headers: readonly SocketCase[] = [
  ...[1, 2, 4, 7].map((reserved) => broken(`the reserved bits ${reserved}`, frame(TEXT, MEMBERS, { reserved }))),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => broken(`the opcode ${opcode}`, frame(opcode, MEMBERS))),
  odd("no mask", frame(TEXT, MEMBERS, { masked: false })),
  odd("a ping without a mask", frame(PING, "x", { masked: false })),
  ends("a length of 2^63 and more", [1002, CUT, 1009], frame(TEXT, "", { length: [8, 2n ** 63n] })),
  ends("a length of 2^64 - 1", [1002, CUT, 1009], frame(TEXT, "", { length: [8, 2n ** 64n - 1n] })),
  ends("a length of 2^40", [1002, CUT, 1009], frame(TEXT, "x", { length: [8, 2n ** 40n] })),
  ends("bytes that are no frame", [1002, CUT], Buffer.from(`GET / HTTP/1.1\r\n${"x".repeat(200)}\r\n\r\n`)),
];

const controls: readonly SocketCase[] = [
  goesOn("a ping", frame(PING)),
  goesOn("a ping of 125 bytes", frame(PING, "x".repeat(125))),
  goesOn("a pong that nobody asked for", frame(PONG, "x")),
  goesOn("a thousand pings", Buffer.concat(Array(1000).fill(frame(PING, "x")))),
  goesOn("a thousand pongs", Buffer.concat(Array(1000).fill(frame(PONG)))),
  odd("a ping of 126 bytes", frame(PING, "x".repeat(126))),
  odd("a pong of 126 bytes", frame(PONG, "x".repeat(126))),
  odd("a ping of 64 KiB", frame(PING, "x".repeat(65_536))),
  broken("a ping in pieces", frame(PING, "x", { fin: false })),
  broken("a close in pieces", frame(CLOSE, "", { fin: false })),
  ends(
    "a close of 126 bytes",
    [1000, 1002, NO_CODE, CUT],
    frame(CLOSE, Buffer.concat([Buffer.from([3, 232]), Buffer.alloc(124, "x")])),
  ),
];

const texts: readonly SocketCase[] = [
  ...(
    [
      ["a lone byte of a continuation", [0x22, 0xbf, 0x22]],
      ["an overlong slash", [0x22, 0xc0, 0xaf, 0x22]],
      ["a surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]],
      ["a character beyond Unicode", [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
      ["a character that is cut off", [0x22, 0xe2, 0x82]],
      ["0xff", [0xff]],
    ] as const
  ).map(
    ([what, bytes]): SocketCase => ({
      what: `a text with ${what}`,
      sent: [frame(TEXT, Uint8Array.from(bytes))],
      // By the RFC 1007; the runtime reads U+FFFD there, and what is no JSON then is an error.
      ends: [GOES_ON, 1002, CUT, 1007],
    }),
  ),
  ends("a text a byte above the limit", [1009], frame(TEXT, "x".repeat(131_073))),
  ends("bytes above the limit", [1009], frame(BINARY, "x".repeat(131_073))),
];

/** Whether a Close may carry it at all, known or not. */
const mayBeSent = (code: number) => code >= 1000 && code < 5000 && ![1004, 1005, 1006, 1015].includes(code);

/** Closes are answered with a Close, of the same code where that may be sent, and never with 1004, 1005, 1006 or 1015. */
const closes: readonly SocketCase[] = [
  ends("a close without a code", [1000, NO_CODE], frame(CLOSE)),
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4400, 4403, 4999].map((code) =>
    ends(`a close with ${code}`, [code, 1000, NO_CODE], closing(code)),
  ),
  ...[0, 1, 999, 1004, 1005, 1006, 1012, 1013, 1014, 1015, 1016, 2000, 2999, 5000, 65_535].map((code) =>
    ends(
      `a close with ${code}, which nobody may send`,
      [1000, 1002, NO_CODE, CUT, ...(mayBeSent(code) ? [code] : [])],
      closing(code),
    ),
  ),
  ends("a close of one byte", [1000, 1002, CUT], frame(CLOSE, Uint8Array.of(3))),
  ends("a close with a reason of 123 bytes", [1000, NO_CODE], closing(1000, "x".repeat(123))),
  ends("a close with a reason that is no text", [1000, 1002, 1005, 1006, 1007], closing(1000, Uint8Array.of(0xff))),
  ends("a close, and frames behind it", [1000, NO_CODE], closing(1000), frame(TEXT, MEMBERS), frame(PING)),
  ends("two closes", [1000, NO_CODE], closing(1000), closing(4403)),
];

export const sockets = { fragments, headers, controls, texts, closes };
