import { expect, it } from "vitest";
import { startTraffic } from "../../support/busy-room.ts";
import type { StreamEvent } from "../../support/event-stream-parser.ts";
import { Inbox } from "../../support/inbox.ts";
import { describeWith } from "../../support/installed.ts";
import { wholeLog } from "../../support/log.ts";
import { publishEach } from "../../support/readers.ts";
import { tokenFor, uniqueRoom } from "../../support/service.ts";
import { useSharedService } from "../../support/shared-service.ts";
import { until } from "../../support/until.ts";
import { curlEvents, curlPoll } from "./clients/curl.ts";

describeWith("curl", "curl alone", () => {
  const service = useSharedService();
  const wayTo = (room: string) => {
    return { origin: service.origin(), path: `/v1/rooms/${room}`, token: tokenFor("reader"), ticket: "" };
  };

  it("SSE-1 SSE-2 continues from the welcome's id if nothing else had come when it was stopped", async () => {
    const room = uniqueRoom("curl");
    await publishEach(service, room, 1, 2);
    const events: StreamEvent[] = [];
    const first = curlEvents(wayTo(room), "", (event) => events.push(event));
    await until(() => events.length > 0, { what: "the welcome" });
    await first.stop();
    expect(events.map(({ type }) => type)).toEqual(["welcome"]);
    await publishEach(service, room, 3, 5);
    const inbox = new Inbox();
    const second = curlEvents(wayTo(room), first.lastEventId, (event) => inbox.takeEvent(event));
    await until(() => inbox.received.length === 3, { what: "what it missed" });
    await second.stop();
    inbox.expectExactly((await wholeLog(service, room)).slice(2));
  });

  it("RESUME-2 continues exactly with Last-Event-ID, stopped ten times in mid-traffic", async () => {
    const room = uniqueRoom("curl");
    await service.publish(room, { data: "before" });
    const inbox = new Inbox();
    let traffic: ReturnType<typeof startTraffic> | undefined;
    let lastEventId = "";
    for (let stop = 1; stop <= 10; stop++) {
      const goal = inbox.received.length + 5;
      const run = curlEvents(wayTo(room), lastEventId, (event) => inbox.takeEvent(event));
      await until(() => inbox.welcomes === stop, { what: "a welcome" });
      traffic ??= startTraffic(service, room);
      await until(() => inbox.received.length >= goal, { what: `message ${goal}`, every: 1 });
      await run.stop();
      lastEventId = run.lastEventId;
    }
    await traffic?.stop();
    const log = (await wholeLog(service, room)).slice(1);
    const last = curlEvents(wayTo(room), lastEventId, (event) => inbox.takeEvent(event));
    await until(() => inbox.received.length >= log.length, { what: "the end of the log" });
    await last.stop();
    inbox.expectExactly(log);
  });

  it("POLL-1 RESUME-2 every message of a busy room comes exactly once, by one poll after the other", async () => {
    const room = uniqueRoom("curl");
    await service.publish(room, { data: "before" });
    const { inbox, stop } = curlPoll.start(wayTo(room));
    await until(() => inbox.welcomes > 0, { what: "an answer" });
    // Two who publish a hundred at a time, so that an answer holds many and one seldom holds all there is.
    await Promise.all([service.fill(room, 2_000), service.fill(room, 2_000, "x".repeat(200))]);
    const log = (await wholeLog(service, room)).slice(1);
    await until(() => inbox.cursor === log.at(-1)?.cursor, { what: () => `the end, not ${inbox.cursor}` });
    await stop();
    inbox.expectExactly(log);
    expect(inbox.cuts).toBe(0);
  });
});
