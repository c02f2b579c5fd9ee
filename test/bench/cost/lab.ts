/**
 * A Worker that counts what it uses, and what a client does to it: the short real runs from which a month is put together.
 */
import { mint } from "../../../src/cli/mint.mjs";
import { type Client, connect } from "../../support/client.ts";
import { call } from "../../support/http.ts";
import type { Target } from "../load/job.ts";
import type { RunningWorkerd } from "../server/workerd.ts";
import { divided, NO_USAGE, plus, type Usage } from "./usage.ts";

interface Report {
  edgeRequests: number;
  objects: Record<string, Omit<Usage, "edgeRequests">>;
}

/** What SQLite and the storage say of an object, as against what it counted. */
export interface Facts {
  /** Rows changed since it woke. */
  changed: number;
  /** Of its database. */
  bytes: number;
  /** ms; null: no alarm is set. */
  alarmAt: number | null;
}

const CAPABILITIES = { "room:*": ["subscribe", "history", "publish", "signal", "presence"] };

export class Lab {
  readonly #server: RunningWorkerd;
  readonly #target: Target;
  #names = 0;

  constructor(server: RunningWorkerd, target: Target) {
    this.#server = server;
    this.#target = target;
  }

  /** A name that nothing has had before. */
  newName(kind: string): string {
    return `${kind}-${this.#names++}`;
  }

  get target(): Target {
    return this.#target;
  }

  /** What `act` made the Worker use, an `nth` of it. Waits until what it set off is over. */
  async measure(nth: number, act: () => Promise<unknown>, still = STILL_MS): Promise<Usage> {
    await this.settled(still);
    await this.report("POST");
    await act();
    await this.settled(still);
    return divided(totalOf(await this.report("GET")), nth);
  }

  /** By object, since the last measurement began. */
  async report(method: "GET" | "POST"): Promise<Report> {
    return (await call<Report & Record<string, unknown>>(method, `${this.#origin}/usage`)).body;
  }

  async facts(object: string): Promise<Facts> {
    return (await call<Facts & Record<string, unknown>>("GET", `${this.#origin}/facts?of=${object}`)).body;
  }

  /** Makes the alarm of a room ring. */
  ring(room: string): Promise<void> {
    return this.ringIn(`room:${room}`);
  }

  /** The same of any object. */
  async ringIn(object: string): Promise<void> {
    await call("POST", `${this.#origin}/ring?of=${object}`);
  }

  join(room: string, user: string, query: Record<string, string | number> = {}): Promise<Client> {
    const token = mint({ secret: this.#target.authSecret, user, capabilities: CAPABILITIES });
    return connect({ server: () => this.#origin, channel: `room:${room}`, token, query });
  }

  /** The socket of a user's own channel, on which they may subscribe to rooms. */
  joinInbox(user: string): Promise<Client> {
    const token = mint({ secret: this.#target.authSecret, user, capabilities: CAPABILITIES });
    return connect({ server: () => this.#origin, channel: `user:${user}`, token });
  }

  /** As the server itself, which is no member. */
  joinAsServer(room: string): Promise<Client> {
    const query = { acks: "batch", member: 0 };
    return connect({ server: () => this.#origin, channel: `room:${room}`, token: this.#target.apiKey, query });
  }

  async post(room: string, body: unknown, user?: string): Promise<void> {
    const token =
      user === undefined
        ? this.#target.apiKey
        : mint({ secret: this.#target.authSecret, user, capabilities: CAPABILITIES });
    const { status, text } = await call("POST", `${this.#origin}/v1/rooms/${room}/messages`, { token, body });
    if (status !== 201) throw new Error(`publishing was answered ${status} ${text}`);
  }

  /** Puts so many messages into a room, in rows as full as a quiet room fills them. */
  async fill(room: string, count: number): Promise<void> {
    for (let first = 0; first < count; first += ROW_MESSAGES) {
      const length = Math.min(ROW_MESSAGES, count - first);
      await this.post(
        room,
        Array.from({ length }, (_, n) => ({ id: `fill-${first + n}`, data: PAYLOAD })),
      );
    }
  }

  /** Puts a room to sleep, as soon as nothing is under way there. */
  sleep(room: string): Promise<void> {
    return this.#sleep("RoomObject", room);
  }

  sleepUser(user: string): Promise<void> {
    return this.#sleep("UserObject", user);
  }

  async #sleep(className: string, name: string): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.#server.evict(className, name);
      } catch (error) {
        if (/not currently running/.test(String(error))) return;
        if (tries === 200) throw error;
        await pause(20);
      }
    }
  }

  /**
   * Until the counts stand still: leaves are told a second after they happened.
   * @param still ms without a change
   */
  async settled(still = STILL_MS): Promise<void> {
    let before = "";
    for (let since = performance.now(); performance.now() - since < still; await pause(50)) {
      const now = JSON.stringify(await this.report("GET"));
      if (now !== before) since = performance.now();
      before = now;
    }
  }

  get #origin(): string {
    return `http://127.0.0.1:${this.#target.port}`;
  }
}

/** Longer than DEPARTURE_DELAY and PRESENCE_COLLECT_FOR put anything off. */
const STILL_MS = 1300;

/** As in src/storage/log.ts. */
const ROW_MESSAGES = 64;

/** 128 bytes, as in the bench. */
export const PAYLOAD = "x".repeat(128);

export function totalOf({ edgeRequests, objects }: Report): Usage {
  return Object.values(objects).reduce<Usage>((sum, counts) => plus(sum, counts), { ...NO_USAGE, edgeRequests });
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
