/** What a fake service does with subscriptions over a connection to a user's channel. (SPEC SUB-1 to SUB-9) */
import type { FakeService, Line } from "./fake-service.ts";

export interface Subscribe {
  readonly type: "subscribe" | "unsubscribe";
  readonly ref?: string;
  readonly channel: string;
  readonly after?: string;
  readonly [option: string]: unknown;
}

export function subscribe(service: FakeService, line: Line, frame: Subscribe): void {
  const { type, ref, channel, after } = frame;
  const { subscriptions } = line;
  service.subscribes.push(frame);
  const answer = (fields: object) => {
    if (ref !== undefined) line.frame({ ...fields, channel, ref });
  };
  if (type === "unsubscribe") {
    subscriptions.delete(channel);
    return answer({ type: "ack" });
  }
  const isOneMore = !subscriptions.has(channel) && subscriptions.size >= service.most;
  const code = isOneMore ? "rate_limited" : service.refused.get(channel);
  if (code !== undefined) return answer({ type: "error", code, message: "" });
  const subscription: Line = {
    ...line,
    ...{ channel, subscriptions: new Map(), sent: 0 },
    frame: (each) => line.frame({ ...each, channel }),
    end(code, reason) {
      subscriptions.delete(channel);
      line.frame({ type: "unsubscribed", channel, code, reason });
    },
  };
  const resume = service.resume(subscription, after ?? null);
  subscriptions.set(channel, subscription);
  answer({
    type: "ack",
    connection: `${channel} ${service.subscribes.length}`,
    cursor: service.logOf(channel).head,
    resume,
  });
  service.catchUp(subscription);
}
