/** The fake service over HTTP: publishes by POST, an event stream, long polls. */
import type { Message } from "../../src/client/index.ts";
import { followMany, once, pollMany } from "./fake-many.ts";
import { channelOf, type FakeService, type Line } from "./fake-service.ts";

export function fetchFrom(
  service: FakeService,
  url: URL,
  { signal, headers, body, method = "GET" }: RequestInit,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const endpoint = url.pathname.split("/").at(-1) as string;
    const aborted = () => reject(new DOMException("aborted", "AbortError"));
    if (signal?.aborted) return aborted();
    signal?.addEventListener("abort", aborted);
    if (endpoint === "events") service.dials.push("sse");
    if (endpoint === "poll") service.dials.push("poll");
    service.later(() => {
      if (signal?.aborted) return;
      const isBlocked = service.blocked.has(endpoint === "events" ? "sse" : endpoint === "poll" ? "poll" : "websocket");
      if (service.isDown || ((endpoint === "events" || endpoint === "poll") && isBlocked))
        return service.later(() => reject(new TypeError("fetch failed")));
      const answer = (status: number, value: unknown) => service.later(() => resolve(json(status, value)));
      if (endpoint === "health") return answer(200, { status: "ok" });
      const claims = service.claimsOf((headers as Record<string, string>).authorization?.slice("Bearer ".length));
      if (claims === null) return answer(401, { code: "unauthenticated", status: 401, detail: "" });
      if (
        endpoint === "events" &&
        url.searchParams.getAll("channel").some((each) => service.refused.has(each.split("@")[0] as string))
      )
        return answer(403, { code: "forbidden", status: 403, detail: "" });
      if (endpoint === "events") return service.later(() => resolve(events(service, url, claims, signal ?? undefined)));
      if (endpoint === "poll" && method === "POST")
        return pollMany(service, claims.sub, JSON.parse(body as string), answer, reject, signal ?? undefined);
      if (endpoint === "poll") return poll(service, url, claims.sub, answer, reject, signal ?? undefined);
      if (endpoint === "messages" && method === "GET") {
        const log = service.logOf(channelOf(url, claims.sub));
        const messages = log.messages.slice(-Number(url.searchParams.get("limit") ?? 100));
        return answer(200, { messages, cursor: log.head, more: false, oldest: null, gap: null });
      }
      if (method !== "POST") return answer(404, { code: "not_found", status: 404, detail: "" });
      service.posts++;
      const given = JSON.parse(body as string);
      if (service.isOverloaded) return answer(503, { code: "overloaded", status: 503, detail: "" });
      const channel = channelOf(url, claims.sub);
      const results = [given].flat().map((draft) => service.take(claims.sub, draft, channel));
      answer(201, Array.isArray(given) ? { results } : results[0]);
    });
  });
}

function events(
  service: FakeService,
  url: URL,
  { sub, exp }: { sub: string; exp: number },
  signal?: AbortSignal,
): Response {
  const encoder = new TextEncoder();
  let isOver = false;
  let sink!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      sink = controller;
    },
  });
  const text = (chunk: string) => service.later(() => isOver || sink.enqueue(encoder.encode(chunk)));
  const stopBeat = service.clock.every(() => text(":\n\n"), 15_000);
  const over = (): boolean => {
    if (isOver) return true;
    service.lines.delete(line);
    stopBeat();
    return false;
  };
  const line: Line = {
    user: sub,
    ...{ channel: channelOf(url, sub), subscriptions: new Map() },
    expires: exp * 1000,
    transport: "sse",
    sent: 0,
    frame: (frame) => text(eventOf(frame as { type: string })),
    cut: (isHeard) => {
      if (over()) return;
      isOver = true;
      if (isHeard) service.later(() => sink.error(new TypeError("cut")));
    },
    end: (code, reason) => {
      if (over()) return;
      text(`event: end\ndata: ${JSON.stringify({ code, reason })}\n\n`);
    },
  };
  signal?.addEventListener("abort", () => {
    // Also of one that was cut in silence: its own end a client is always told.
    over();
    isOver = true;
    sink.error(new DOMException("aborted", "AbortError"));
  });
  service.begin(line, url.searchParams);
  followMany(service, line, url);
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function poll(
  service: FakeService,
  url: URL,
  user: string,
  answer: (status: number, value: unknown) => void,
  reject: (error: unknown) => void,
  signal?: AbortSignal,
): void {
  const channel = channelOf(url, user);
  const log = service.logOf(channel);
  const after = url.searchParams.get("after") ?? log.head;
  const connection = url.searchParams.get("connection") ?? crypto.randomUUID();
  const missed = () => log.after(after) ?? log.messages;
  const over = once(() => {
    service.lines.delete(line);
    service.clock.clearTimeout(late as never);
  });
  const reply = (messages: readonly Message[]) => {
    if (over()) return;
    const last = messages.at(-1);
    answer(200, { messages, cursor: last ? log.cursor(last.seq) : after, gap: null, connection });
  };
  const line: Line = {
    user,
    ...{ channel, subscriptions: new Map() },
    expires: Number.POSITIVE_INFINITY,
    transport: "poll",
    sent: log.messages.length,
    frame: (frame) => "messages" in frame && reply(missed().slice(0, 3)),
    cut: (isHeard) => {
      if (!over() && isHeard) service.later(() => reject(new TypeError("cut")));
    },
    end: () => line.cut(true),
  };
  const timeout = Number(url.searchParams.get("timeout")) * 1000;
  const late = service.clock.setTimeout(() => reply([]), timeout);
  if (missed().length > 0 || timeout === 0) return reply(missed().slice(0, 3));
  service.lines.add(line);
  signal?.addEventListener("abort", () => line.cut(false));
}

function eventOf({ type, ...fields }: { type: string }): string {
  if (type === "signals") {
    const { signals, ...rest } = fields as unknown as { signals: object[] };
    return signals.map((each) => eventOf({ type: "signal", ...rest, ...each })).join("");
  }
  if (type !== "messages") return `event: ${type}\ndata: ${JSON.stringify(fields)}\n\n`;
  const { messages, ...rest } = fields as unknown as { messages: Message[] };
  return messages.map((message) => `data: ${JSON.stringify({ ...message, ...rest })}\n\n`).join("");
}

function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
}
