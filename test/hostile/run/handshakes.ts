import { expect } from "vitest";
import { channelUrl } from "../../support/client.ts";
import { knock } from "../../support/handshake.ts";
import { expectProblem } from "../../support/problem.ts";
import { type HandshakeCase, NO_PROTOCOLS } from "../handshakes.ts";
import { faultsOf, SECRETS, type Target } from "./target.ts";

/** Each is refused over HTTP; and closed with the same code for a browser, which sees nothing else. */
export async function tryHandshakes({ service, room }: Target, cases: readonly HandshakeCase[]): Promise<string[]> {
  const faults = await faultsOf(cases, async ({ options, query, id = room, status, code }) => {
    const url = channelUrl(service.origin(), `room:${id}`, "connect", query);
    const plain = await knock(url, options());
    if (plain.outcome !== "refused") throw new Error(`not refused, but ${JSON.stringify(plain).slice(0, 200)}`);
    expectProblem(plain.answer, { status, code }, [...SECRETS, room]);
    expect(plain.answer.headers.has("www-authenticate")).toBe(status === 401);
    const seen = await knock(url, { ...options(), protocols: ["edgewire.v1"] });
    expect(seen).toEqual({
      outcome: "closed",
      protocol: "edgewire.v1",
      closed: { code: 4000 + status, reason: code },
    });
  });
  const offers = NO_PROTOCOLS.map(([what, protocols]) => ({ what, protocols }));
  const url = channelUrl(service.origin(), `room:${room}`, "connect");
  const unknown = await faultsOf(offers, async ({ protocols }) => {
    const plain = await knock(url, { protocols: [...protocols] });
    if (plain.outcome !== "refused") throw new Error(`not refused, but ${JSON.stringify(plain)}`);
    expectProblem(plain.answer, { status: 400, code: "bad_request" }, [...SECRETS]);
  });
  return [...faults, ...unknown];
}
