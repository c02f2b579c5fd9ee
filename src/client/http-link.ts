/** What SSE and long poll have in common: they only read, as a member if they may, and what is said goes by POST. */
import type { Environment } from "./environment.ts";
import { EdgewireError } from "./errors.ts";
import { type RequestOptions, request } from "./http.ts";
import { type Dial, type LinkEvents, type Query, type Target, urlOf } from "./link.ts";
import type { TransportName } from "./machine.ts";
import { newPoster } from "./poster.ts";
import { newTimer, type Timer } from "./timer.ts";
import { claimsOf } from "./token-claims.ts";

const NO_STATUS = 1006;
const FORBIDDEN = 403;

/** What reads is given. */
export interface HttpLink {
  readonly target: Target;
  readonly environment: Environment;
  readonly events: LinkEvents;
  readonly timer: Timer;
  readonly signal: AbortSignal;
  /** Its own connection's name, so that it does not hear what it says itself. */
  connection: string | undefined;
  ask<Answer>(method: string, endpoint: string, query: Query, more?: Partial<RequestOptions>): Promise<Answer>;
  /** Asks with the options of the connection: as a member, and if the token does not allow that, as one who only watches. */
  listen<Answer>(endpoint: string, query: Query, more?: Partial<RequestOptions>): Promise<Answer>;
}

/** @param read ends with the connection; rejects if something goes wrong with it */
export function dialOverHttp(transport: TransportName, read: (link: HttpLink) => Promise<unknown>): Dial {
  return (target, events, environment) => {
    const { token } = target;
    const abort = new AbortController();
    const timer = newTimer(environment);
    // What the application itself has said about it stands.
    const { member } = target.query;
    let query: Query = { ...target.query, member: member ?? 1 };

    const link: HttpLink = {
      ...{ target, environment, events, timer },
      signal: abort.signal,
      connection: undefined,
      ask(method, endpoint, query, more) {
        const url = urlOf({ ...target, query: { ...query, connection: link.connection } }, endpoint);
        return request(environment, method, url, { token, signals: [abort.signal], ...more });
      },
      async listen<Answer>(endpoint: string, asked: Query, more?: Partial<RequestOptions>) {
        const ask = () => link.ask<Answer>("GET", endpoint, { ...query, ...asked }, more);
        try {
          return await ask();
        } catch (error) {
          if ((error as EdgewireError).status !== FORBIDDEN || member !== undefined) throw error;
          query = target.query;
          return ask();
        }
      },
    };
    const failed = (error: unknown) => {
      // What the service did not say itself is never final.
      const { status, code, retryAfter } =
        error instanceof EdgewireError ? error : new EdgewireError("unreachable", "");
      events.closed(status ? 4000 + status : NO_STATUS, code, retryAfter);
    };
    const send = newPoster(
      (method, endpoint, body) => link.ask(method, endpoint, {}, { body }),
      events.frame,
      !!token && !claimsOf(token).user.startsWith("guest-"),
      failed,
    );
    read(link).catch(failed);
    return {
      transport,
      send,
      close() {
        timer.cancel();
        abort.abort();
      },
    };
  };
}
