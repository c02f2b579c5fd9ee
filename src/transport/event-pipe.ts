/** From a room's object to the reader of an event stream: bytes, a bound on how many wait, and an end that is always told. */
import { beatOf, type Config } from "../config.ts";
import { between } from "../core/clock.ts";
import { MORE, PULL } from "../core/pull.ts";
import { CLOSE_RESTART, closeCodeOf } from "../protocol/codes.ts";
import { COMMENT, serverEvent } from "../protocol/event-stream.ts";
import { PING, PONG } from "../protocol/frames.ts";
import type { Translated } from "./followed-events.ts";

/** Bytes that are read ahead: enough that a busy stream is never waited for. */
const READ_AHEAD = 64 * 1024;
/** ms between two looks at what the reader has not taken, if that is too much. */
const LOOK_EVERY = 500;
/** ms without the reader of a replay taking anything, then it is ended as slow. */
const STALL = 30_000;
/** Frames passed on by one stream, so that it stays within what one invocation may compute. */
const MOST_FRAMES = 200_000;
/** The end comes at a random moment of the last fifth, so that streams that began together do not end so. */
const AGE_JITTER = 0.2;

/**
 * The stream of what `socket` brings. It ends with the socket, and the socket with it: cancelled, stalled or too old.
 * @param prologue what is sent at once
 * @param translate what to make of frames, where the object does not write events itself
 */
export function pipe(
  socket: WebSocket,
  prologue: string,
  config: Config,
  translate: ((frame: string) => Translated) | null = null,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const age = config.STREAM_AGE * (1 - AGE_JITTER * Math.random());
  let sink: ReadableStreamDefaultController<Uint8Array>;
  let frames = 0;
  let lookedAt = Date.now();
  let passedSinceLook = 0;
  /** Since when the object waits for the reader, ms; null: it does not. */
  let behindSince: number | null = null;
  /** Whether the reader has taken something since the last beat. */
  let isTaking = true;
  let isOver = false;

  const stop = (code: number, reason: string) => {
    if (isOver) return;
    isOver = true;
    clearInterval(beats);
    clearTimeout(lastCall);
    try {
      socket.close(code, reason);
    } catch {
      // It was closed from the other side in the same moment.
    }
  };
  const end = (code: number, reason: string) => {
    if (isOver) return;
    stop(code, reason);
    sink.enqueue(encoder.encode(serverEvent("end", JSON.stringify({ code, reason }))));
    sink.close();
  };
  /** Goes by what was unsent at the last look and still is, never by what only just came. (SPEC SLOW-1) */
  const isSlow = (): boolean => {
    const unsent = READ_AHEAD - (sink.desiredSize ?? 0);
    const now = Date.now();
    if (unsent <= config.UNSENT_BYTES || between(lookedAt, now) < LOOK_EVERY) return unsent > config.UNSENT_BYTES_TOTAL;
    const old = unsent - passedSinceLook;
    lookedAt = now;
    passedSinceLook = 0;
    return old > config.UNSENT_BYTES;
  };
  const pass = (bytes: Uint8Array) => {
    if (isOver) return;
    sink.enqueue(bytes);
    passedSinceLook += bytes.byteLength;
    if (isSlow()) end(closeCodeOf("overloaded"), "overloaded");
    else if (++frames >= MOST_FRAMES) end(CLOSE_RESTART, "resume");
  };
  const askForMore = () => {
    if (behindSince === null || isOver) return;
    behindSince = null;
    socket.send(PULL);
  };
  const beat = () => {
    if (behindSince !== null && between(behindSince, Date.now()) > STALL)
      return end(closeCodeOf("overloaded"), "overloaded");
    // For a reader that takes nothing nobody beats: it will be found dead.
    if (isTaking || sink.desiredSize === READ_AHEAD) socket.send(PING);
    isTaking = false;
    pass(encoder.encode(COMMENT));
  };
  const beats = setInterval(beat, beatOf(config));
  const lastCall = setTimeout(() => end(CLOSE_RESTART, "resume"), age);

  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        sink = controller;
        sink.enqueue(encoder.encode(prologue));
      },
      pull() {
        isTaking = true;
        askForMore();
      },
      cancel: () => stop(1001, ""),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: READ_AHEAD }),
  );

  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", ({ data }) => {
    if (data instanceof ArrayBuffer) pass(new Uint8Array(data));
    else if (data === MORE) {
      behindSince = Date.now();
      if ((sink.desiredSize ?? 0) > 0) askForMore();
    } else if (translate !== null && data !== PONG) {
      const { events, end: over } = translate(data);
      if (events !== "") pass(encoder.encode(events));
      if (over !== null) end(over.code, over.reason);
    }
  });
  socket.addEventListener("close", ({ code, reason }) => {
    // Without a Close frame the object was restarted, and the reason is the runtime's: come back.
    if (code === 1005 || code === 1006) end(CLOSE_RESTART, "resume");
    else end(code, reason || "resume");
  });
  socket.addEventListener("error", () => end(CLOSE_RESTART, "resume"));
  socket.accept();
  return body;
}
