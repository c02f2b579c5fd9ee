/** Writes RFC 6455 frames as a client must: in one piece, masked with a key that differs from frame to frame. */
import { Opcode } from "./frame-scanner.ts";

const FIN = 0x80;
const MASKED = 0x80;
const KEY_BYTES = 4;

let state = 0x9e3779b9;

/** xorshift32: the mask is there for proxies (section 10.3), of which there are none here; it need not be secret. */
function nextKey(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state;
}

export function clientFrameLength(payloadLength: number): number {
  const extended = payloadLength < 126 ? 0 : payloadLength < 0x10000 ? 2 : 8;
  return 2 + extended + KEY_BYTES + payloadLength;
}

/** Writes a frame with `payload` to `out` at `at`; returns where it ends. */
export function writeClientFrame(out: Uint8Array, at: number, opcode: number, payload: Uint8Array): number {
  const length = payload.length;
  let next = at;
  out[next++] = FIN | opcode;
  if (length < 126) {
    out[next++] = MASKED | length;
  } else {
    const bytes = length < 0x10000 ? 2 : 8;
    out[next++] = MASKED | (bytes === 2 ? 126 : 127);
    for (let i = bytes - 1; i >= 0; i--) out[next++] = Math.trunc(length / 256 ** i) % 256;
  }
  const key = nextKey();
  for (let i = 0; i < KEY_BYTES; i++) out[next++] = key >>> (8 * i);
  for (let i = 0; i < length; i++) out[next++] = (payload[i] as number) ^ (key >>> (8 * (i & 3)));
  return next;
}

export function textFrame(text: string): Uint8Array {
  const payload = Buffer.from(text);
  const frame = new Uint8Array(clientFrameLength(payload.length));
  writeClientFrame(frame, 0, Opcode.text, payload);
  return frame;
}

/** A Close frame with 1000: in Edgewire "I am going", so that no grace period of one run reaches into the next. */
export function closeFrame(): Uint8Array {
  const frame = new Uint8Array(clientFrameLength(2));
  writeClientFrame(frame, 0, Opcode.close, Uint8Array.of(1000 >> 8, 1000 & 0xff));
  return frame;
}
