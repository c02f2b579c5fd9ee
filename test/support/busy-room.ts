import { setTimeout as pause } from "node:timers/promises";
import type { Published } from "./frames.ts";
import type { Service } from "./service.ts";
import { type Publisher, Refused, startPublisher } from "./traffic.ts";

/** ms between an answer and the next message: traffic that a room still has all of after half a minute. */
const pace = 20;
/** What a careless line reader, decoder or escaper would break. */
const awkward = 'Zeile 1\nLinie\u20282\r\n\ndata: x\nid: 7 "\\" \u0000 äöü 漢字 😀';

/** Somebody who says something again and again, and each of it until it is acknowledged. */
export function startTraffic(service: Service, room: string, user = "talker"): Publisher {
  const publish = async ({ id, data }: { id: string; data: unknown }) => {
    const body = { id, user, data: { ...(data as object), awkward } };
    const answer = await service.room<Published>("POST", room, "messages", { body, timeout: 5_000 });
    if (answer.status >= 400 && answer.status < 429) throw new Refused(answer.text);
    if (answer.status >= 400) throw new Error(answer.text);
    await pause(pace);
    return answer.body;
  };
  return startPublisher(user, publish, 1);
}
