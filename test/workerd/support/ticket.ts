import type { Answer } from "./room.ts";
import { env, worker } from "./service.ts";

export interface TicketOptions {
  /** Default: the API key. Null: none at all. */
  token?: string | null;
  /** What is asked for: a channel, or a whole body. */
  for: string | object;
  headers?: Record<string, string>;
}

/** The answer to `POST /v1/tickets`, whatever it is. */
export async function requestTicket({ token = env.API_KEY, for: asked, headers }: TicketOptions): Promise<Answer> {
  const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const answer = await worker.fetch("https://edge.test/v1/tickets", {
    method: "POST",
    headers: { "content-type": "application/json", ...authorization, ...headers },
    body: JSON.stringify(typeof asked === "string" ? { channel: asked } : asked),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

/** A ticket that was granted. */
export async function ticketFor(options: TicketOptions): Promise<{ ticket: string; expires: number }> {
  const { status, body } = await requestTicket(options);
  if (status !== 201) throw new Error(`no ticket: ${JSON.stringify(body)}`);
  return body;
}
