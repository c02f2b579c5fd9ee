import { describe, expect, it } from "vitest";
import { messageName, payloadText } from "../../bench/load/marker.ts";
import { MessageAudit } from "../../bench/load/message-audit.ts";

function message(seq: number, changes: object = {}) {
  const data = payloadText(3, seq);
  return { seq, id: messageName(3, seq), user: "b3", at: 1000 + seq, event: "message", data, ...changes };
}

function audit(...messages: object[]): string | null {
  return new MessageAudit().check({ type: "messages", messages });
}

describe("the message audit", () => {
  it("finds nothing wrong with whole messages in order, from any seq on", () => {
    expect(audit(message(7), message(8), message(9))).toBeNull();
  });

  it("remembers the last message of the frame before", () => {
    const both = new MessageAudit();
    expect(both.check({ messages: [message(1)] })).toBeNull();
    expect(both.check({ messages: [message(3)] })).toContain("seq 3 after 1");
  });

  it.each([
    ["a hole", [message(1), message(3)], /seq 3 after 1/],
    ["a repetition", [message(1), message(1)], /seq 1 after 1/],
    ["time going back", [message(1), message(2, { at: 5 })], /at 5/],
    ["another's data", [message(1, { data: payloadText(3, 2) })], /other data/],
    ["another event", [message(1, { event: "other" })], /event/],
    ["another user", [message(1, { user: "server" })], /user/],
    ["a field of the wrong type", [message(1, { seq: "1" })], /type/],
    ["an empty frame", [], /without messages/],
  ])("catches %s", (_name, messages, problem) => {
    expect(audit(...messages)).toMatch(problem);
  });
});
