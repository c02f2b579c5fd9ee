import { call } from "./http.ts";
import { type Service, tokenFor } from "./service.ts";

/** A ticket for the room's event stream, as that user. */
export async function ticketFor(service: Service, room: string, user: string): Promise<string> {
  const url = `${service.origin()}/v1/tickets`;
  const asked = { token: tokenFor(user), body: { channel: `room:${room}` } };
  const { status, body, text } = await call<{ ticket: string }>("POST", url, asked);
  if (status !== 201) throw new Error(`no ticket: ${status} ${text}`);
  return body.ticket;
}
