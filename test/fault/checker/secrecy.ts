/** Nobody is sent anything of a channel that they may not read: S1. */
import { CANARY, type CanaryEvent, type GrantEvent, type HistoryEvent, type RevokeEvent } from "../history.ts";
import type { Findings } from "./findings.ts";

/** ms until a revocation or the end of a token has taken effect. */
const REVOKED_WITHIN = 1000;
const EXPIRED_WITHIN = 5000;

interface Right {
  /** ms */
  readonly from: number;
  until: number;
}

export class Secrecy {
  readonly #findings: Findings;
  readonly #slack: number;
  readonly #channels = new Map<string, string>();
  readonly #rights = new Map<string, Right[]>();
  /** Whose the connections and reads are. */
  readonly #users = new Map<string, string>();

  constructor(findings: Findings, slack: number) {
    this.#findings = findings;
    this.#slack = slack;
  }

  canary({ channel, text }: CanaryEvent): void {
    this.#channels.set(text, channel);
  }

  grant({ user, channel, t, until }: GrantEvent): void {
    const key = `${user} ${channel}`;
    const right = { from: t, until: until === null ? Number.POSITIVE_INFINITY : until + EXPIRED_WITHIN };
    this.#rights.set(key, [...(this.#rights.get(key) ?? []), right]);
  }

  revoke({ user, channel, t, upTo }: RevokeEvent): void {
    for (const [key, rights] of this.#rights) {
      if (channel === undefined ? !key.startsWith(`${user} `) : key !== `${user} ${channel}`) continue;
      for (const right of rights) if (right.from <= upTo) right.until = Math.min(right.until, t + REVOKED_WITHIN);
    }
  }

  /** @param name of a connection or a read */
  asks(name: string, user: string): void {
    this.#users.set(name, user);
  }

  /** These texts came over the connection, or as the answer to the read, of that name. */
  received(event: HistoryEvent, texts: readonly string[], name: string): void {
    this.search(event, texts, this.#users.get(name));
  }

  search(event: HistoryEvent, texts: readonly string[], user: string | undefined): void {
    for (const text of texts)
      for (const [canary] of text.matchAll(CANARY)) {
        const channel = this.#channels.get(canary);
        const rights = this.#rights.get(`${user} ${channel}`) ?? [];
        const isAllowed = rights.some(({ from, until }) => from <= event.t && event.t <= until + this.#slack);
        if (channel !== undefined && !isAllowed)
          this.#findings.add("S1", `${user} was sent something of ${channel}`, event);
      }
  }
}
