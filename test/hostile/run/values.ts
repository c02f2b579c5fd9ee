import { expect } from "vitest";
import { channelUrl } from "../../support/client.ts";
import type { Message } from "../../support/frames.ts";
import { call } from "../../support/http.ts";
import { apiKey, uniqueRoom } from "../../support/service.ts";
import { overSse } from "../../support/transports.ts";
import type { ValueCase } from "../values.ts";
import { faultsOf, type Target } from "./target.ts";

/** Each is taken, over HTTP and as a frame, and is the same to whoever reads it, over whatever transport. */
export async function tryValues({ service }: Target, cases: readonly ValueCase[]): Promise<string[]> {
  const room = uniqueRoom("values");
  const url = channelUrl(service.origin(), `room:${room}`, "messages");
  const socket = await service.joinAs("ann", room);
  const events = await service.subscribe(overSse, "ben", room);
  let count = 0;
  const faults = await faultsOf(
    cases,
    async ({ fields, seen }) => {
      const posted = await call("POST", url, { token: apiKey, body: `{${fields},"user":"cat"}` });
      expect(posted.status, posted.text).toBe(201);
      socket.send(`{"type":"publish","ref":"a",${fields}}`);
      const acks = ++count;
      await socket.until(() => socket.framesOf("ack").length === acks, "its ack");
      const { text } = await call("GET", `${url}?limit=2`, { token: apiKey });
      const messages = (JSON.parse(text) as { messages: Message[] }).messages;
      expect(messages).toHaveLength(2);
      for (const message of messages) expect(message).toMatchObject(JSON.parse(seen));
      // To the byte: what toMatchObject cannot see is the order of keys, and -0.
      const data = /"data":(.*)\}$/s.exec(seen)?.[1] ?? "";
      expect(text.split(`"data":${data}}`)).toHaveLength(3);
    },
    1,
  );
  const { messages } = JSON.parse((await call("GET", `${url}?limit=1000`, { token: apiKey })).text);
  const isThere = (reader: { readonly messages: readonly unknown[] }) => reader.messages.length >= messages.length;
  await socket.until(isThere, "all of them over WebSocket");
  await events.until(isThere, "all of them over SSE");
  for (const reader of [socket, events]) expect(reader.messages).toEqual(messages);
  await socket.close();
  events.terminate();
  return faults;
}
