/** Puts messages into a room of Edgewire before something is measured there. */
import { HttpConnection } from "./http-connection.ts";
import type { Target } from "./job.ts";
import { messageName, payloadText } from "./marker.ts";

/** Messages in one request: the most that are taken. */
const AT_ONCE = 100;
/** The publisher that they are marked with; of the same user as subscriber 0. */
const FILLER = 0;

/** Messages 0 to `count - 1` of publisher 0, in order. Answers the cursor of the log's beginning. */
export async function fill({ port, apiKey }: Target, room: string, count: number): Promise<string> {
  const connection = new HttpConnection(port);
  const head = [
    `POST /v1/rooms/${room}/messages HTTP/1.1`,
    `Authorization: Bearer ${apiKey}`,
    "Content-Type: application/json",
  ];
  let cursor = "";
  for (let first = 0; first < count; first += AT_ONCE) {
    const messages = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, index) => ({
      id: `fill-${messageName(FILLER, first + index)}`,
      data: payloadText(FILLER, first + index),
      user: "b0",
    }));
    const { status, body } = await connection.request(head, JSON.stringify(messages));
    if (status !== 201) throw new Error(`filling ${room} was answered ${status} ${body}`);
    cursor = (JSON.parse(body.toString()) as { results: { cursor: string }[] }).results[0]?.cursor ?? "";
  }
  connection.close();
  return `${cursor.split("-")[0]}-0`;
}
