/** Many channels at once over the fake service's HTTP. (SPEC SUB-11 to SUB-13) */
import { type FakeService, type Line, welcomeOf } from "./fake-service.ts";

/** Does `end` the first time, and answers whether it was done before. */
export function once(end: () => void): () => boolean {
  let isOver = false;
  return () => {
    if (isOver) return true;
    isOver = true;
    end();
    return false;
  };
}

/** Those that an event stream of the user's channel is asked for beside that. */
export function followMany(service: FakeService, line: Line, url: URL): void {
  for (const each of url.searchParams.getAll("channel")) {
    const [channel, after] = each.split("@") as [string, string | undefined];
    const subscription: Line = {
      ...line,
      ...{ channel, subscriptions: new Map(), sent: 0 },
      frame: (frame) => line.frame({ ...frame, channel }),
      end: (code, reason) => {
        line.subscriptions.delete(channel);
        line.frame({ type: "unsubscribed", channel, code, reason });
      },
    };
    const resume = service.resume(subscription, after ?? null);
    subscription.frame(welcomeOf(line, service.logOf(channel).head, resume, service.clock.now()));
    line.subscriptions.set(channel, subscription);
    service.catchUp(subscription);
  }
}

/** One poll of many channels: those with news answer. (SPEC SUB-13) */
export function pollMany(
  service: FakeService,
  user: string,
  { cursors, timeout }: { cursors: Record<string, string | null>; timeout: number },
  answer: (status: number, value: unknown) => void,
  reject: (error: unknown) => void,
  signal?: AbortSignal,
): void {
  const channels = Object.keys(cursors);
  const news = () => {
    const all = channels.map((channel) => {
      const code = service.refused.get(channel);
      if (code !== undefined) return [channel, { code }];
      const log = service.logOf(channel);
      const after = cursors[channel] ?? null;
      const messages = after === null ? [] : (log.after(after) ?? log.messages).slice(0, 3);
      if (after !== null && messages.length === 0) return null;
      const last = messages.at(-1);
      return [channel, { messages, cursor: last ? log.cursor(last.seq) : log.head, gap: null }];
    });
    return Object.fromEntries(all.filter((each) => each !== null));
  };
  const over = once(() => {
    service.lines.delete(line);
    service.clock.clearTimeout(late as never);
  });
  const reply = () => {
    if (!over()) answer(200, { channels: news() });
  };
  const line: Line = {
    ...{ user, channel: "", subscriptions: new Map(), sent: 0, transport: "poll" },
    expires: Number.POSITIVE_INFINITY,
    frame: reply,
    cut: (isHeard) => {
      if (!over() && isHeard) service.later(() => reject(new TypeError("cut")));
    },
    end: () => line.cut(true),
  };
  const late = service.clock.setTimeout(reply, timeout * 1000);
  if (Object.keys(news()).length > 0 || timeout === 0) return reply();
  for (const channel of channels)
    line.subscriptions.set(channel, { ...line, channel, sent: service.logOf(channel).messages.length });
  service.lines.add(line);
  signal?.addEventListener("abort", () => line.cut(false));
}
