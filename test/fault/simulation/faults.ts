/** What is done to a run: faults at random moments, then none any more, and a look at what is left. */

import type { Client } from "../clients/client.ts";
import type { Answer } from "../clients/network.ts";
import type { Random } from "../random.ts";
import type { Recorder } from "../recorder.ts";
import { API_KEY } from "../tokens.ts";
import type { Machine } from "./machine.ts";
import type { SimulatedNetwork } from "./network.ts";
import { Actor, type Timeline } from "./timeline.ts";
import type { Fault, Scenario } from "./weather.ts";

interface FaultParts {
  readonly machine: Machine;
  readonly network: SimulatedNetwork;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly scenario: Scenario;
  readonly clients: readonly Client<Actor>[];
}

/** ms that the service takes to start again. */
const LONGEST_START = 800;
const LONGEST_STALL = 2000;
/** ms for which an object and others cannot call each other: longer than a call is repeated. */
const LONGEST_PARTITION = 2500;
/** ms: members of a relay that cannot be reached for longer than a grace leave, as they should. */
const BETWEEN_PARTITIONS = 5000;
/** Clients that may vanish, so that somebody is left to watch. */
const MOST_VANISHED = 2;

export class Faults {
  readonly problems: string[] = [];
  readonly #parts: FaultParts;
  readonly #actor = new Actor("faults");
  readonly #ends: (() => void)[] = [];
  #vanished = 0;
  /** There is no partition before that, ms. */
  #wholeUntil = 0;

  constructor(parts: FaultParts) {
    this.#parts = parts;
  }

  begin(): void {
    this.#next();
  }

  /** No more faults: what is broken may heal. */
  heal(): void {
    const { machine, network, recorder, scenario } = this.#parts;
    this.#actor.isAlive = false;
    Object.assign(machine.weather, { lostCalls: 0, slowestCommit: 2, latestAlarm: 0 });
    Object.assign(network.weather, { lost: 0, doubled: 0 });
    if (!machine.isUp) machine.start();
    for (const host of machine.hosts.values()) {
      host.disk.failsAfter = null;
      host.cutOffUntil = 0;
    }
    for (const end of this.#ends) end();
    // Where nothing happens nobody notices that the clock was put back.
    const reader = new Actor("first reader");
    if (scenario.faults.includes("clock"))
      for (const channel of machine.hosts.keys())
        if (!channel.startsWith("relay:")) this.#ask(reader, "GET", channel, "/presence?limit=1", undefined, () => {});
    recorder.note({ type: "heal" });
  }

  /** Publishes once more everywhere, waits until everybody must have it, and reads logs and members. */
  async lookAtTheEnd(channels: readonly string[], isOver: () => boolean): Promise<void> {
    const { timeline, recorder } = this.#parts;
    const reader = new Actor("reader");
    for (const channel of channels) {
      const data = { last: channel };
      const [op, id] = [`last ${channel}`, `last-${channel}`];
      recorder.note({ type: "send", op, channel, user: "server", id, data, over: "http", connection: null });
      this.#ask(reader, "POST", channel, "/messages", { id, data }, (answer) => {
        if (answer?.status !== 201) this.problems.push(`${channel} does not take messages any more: ${answer?.status}`);
        else recorder.note({ type: "ok", op, duplicate: false, ...JSON.parse(answer.text) });
      });
    }
    await timeline.run(timeline.now + 3000, isOver);
    for (const channel of channels) {
      recorder.note({ type: "grant", user: "server", channel, until: null });
      this.#read(reader, channel, null);
      this.#ask(reader, "GET", channel, "/presence?limit=1000", undefined, (answer) => {
        const { members } = JSON.parse(answer?.text ?? "{}") as { members?: { user: string }[] };
        // A user's channel answers with what is known of the person.
        if (members !== undefined) recorder.note({ type: "members", channel, users: members.map(({ user }) => user) });
      });
    }
    await timeline.run(timeline.now + 2000, isOver);
  }

  /** Page by page from the first message on. `after`: null: where that is, is not known yet. */
  #read(reader: Actor, channel: string, after: string | null): void {
    const { recorder, random } = this.#parts;
    const op = `read ${channel} ${after}`;
    recorder.note({ type: "read", op, user: "server", channel, after });
    const limit = 1 + random.below(60);
    const query = after === null ? "?limit=1" : `?limit=${limit}&after=${after}`;
    this.#ask(reader, "GET", channel, `/messages${query}`, undefined, (answer) => {
      if (answer?.status !== 200)
        return void this.problems.push(`${channel} cannot be read any more: ${answer?.status}`);
      const page = JSON.parse(answer.text);
      // The first look only says which life of the log it is.
      const texts = page.messages.map((message: unknown) => JSON.stringify(message));
      recorder.note({ ...page, type: "page", op, messages: texts, final: after !== null });
      if (after === null) this.#read(reader, channel, `${page.cursor.split("-")[0]}-0`);
      else if (page.more) this.#read(reader, channel, page.cursor);
    });
  }

  #next(): void {
    const { timeline, random, scenario } = this.#parts;
    timeline.after(random.between(0, 2 * scenario.pause), this.#actor, () => {
      const fault = random.pick(scenario.faults);
      this.#do(fault);
      this.#next();
    });
  }

  #do(fault: Fault): void {
    const { machine, network, timeline, random, clients, recorder, scenario } = this.#parts;
    const client = random.pick(clients);
    const { channel, user } = client.parts;
    const nodes = machine.nodesOf(channel);
    const host = nodes.length > 0 ? random.pick(nodes) : undefined;
    const note = (kind: string, of?: string) =>
      recorder.note({ type: "fault", kind, ...(of === undefined ? {} : { channel: of }) });
    switch (fault) {
      case "kill":
        if (!machine.isUp) return;
        note("kill");
        network.kill();
        return timeline.after(random.chance(0.3) ? 1 : random.between(1, LONGEST_START), this.#actor, () =>
          machine.start(),
        );
      case "reset":
        note("reset");
        return host?.abort();
      case "disk":
        if (host === undefined) return;
        note("disk");
        host.disk.failsAfter = random.below(8);
        return;
      case "partition":
        if (host === undefined || timeline.now < this.#wholeUntil) return;
        note("partition");
        host.cutOffUntil = timeline.now + random.between(0, LONGEST_PARTITION);
        this.#wholeUntil = host.cutOffUntil + BETWEEN_PARTITIONS;
        return;
      case "sleep":
        note("sleep");
        for (const each of machine.hosts.values()) each.sleep();
        return;
      case "cut":
        note("cut");
        return client.line?.close(1006);
      case "blackout":
        note("blackout");
        return client.line?.blacken();
      case "stall":
        note("stall");
        return client.line?.stall(random.between(0, LONGEST_STALL));
      case "vanish":
        // Others' signs of life come over a socket that is shared.
        if (client.parts.network !== network || ++this.#vanished > MOST_VANISHED) return;
        note("vanish");
        return client.vanish();
      case "clear":
      case "erase":
        // The edge tries again what it has no answer to.
        recorder.note({ type: "fault", kind: fault, channel, most: 2 });
        return this.#ask(this.#actor, "DELETE", channel, fault === "clear" ? "/messages" : "", undefined, () => {});
      case "wipe":
        note("wipe", channel);
        machine.hosts.get(channel)?.wipe();
        // Whoever followed it through another object is in what it has forgotten: as with its own sockets they come back.
        for (const node of nodes) node.abort();
        for (const { parts, line } of clients)
          if (parts.channel === channel && parts.network !== network) line?.close(1006);
        return;
      case "kick":
        // Of a user it is a log-out.
        if (channel.startsWith("user:") && scenario.faults.includes("clock")) return;
        note("kick");
        return this.#ask(
          this.#actor,
          "DELETE",
          channel,
          `/connections${channel.startsWith("room:") ? `?user=${user}` : ""}`,
          undefined,
          () => {},
        );
      case "logout":
        note("logout");
        return this.#logOut(user);
      case "renew":
        note("renew");
        return client.renew();
      case "expire":
        return note("expire");
      case "clock":
        note("clock");
        machine.skew = random.pick(SKEWS);
        return;
      default:
        return fault satisfies never;
    }
  }

  #logOut(user: string): void {
    const { machine, recorder, timeline, scenario } = this.#parts;
    // Tokens of that second and before are refused; the service may see a later one.
    const upTo = Math.floor(timeline.now / 1000) * 1000 + 999;
    this.#ask(this.#actor, "DELETE", `user:${user}`, "/connections", undefined, (answer) => {
      if (answer?.status !== 200) return;
      // Where an object could not be reached it is told as soon as it can.
      const isSure = machine.weather.lostCalls === 0 && !scenario.faults.some((fault) => REACH.has(fault));
      if (isSure) recorder.note({ type: "revoke", user, upTo });
    });
  }

  #ask(
    actor: Actor,
    method: string,
    channel: string,
    path: string,
    body: unknown,
    done: (answer: Answer | null) => void,
  ): void {
    const [kind, id] = channel.split(":") as [string, string];
    const base = `/v1/${kind === "room" ? "rooms" : "users"}/${id}`;
    const ask = { method, path: base + path, token: API_KEY, ...(body === undefined ? {} : { body }) };
    this.#parts.network.ask(actor, ask, done);
  }
}

const [HOUR, DAY] = [3_600_000, 86_400_000];
/** ms by which the service's clock may be wrong. */
const SKEWS = [0, HOUR, -HOUR, DAY, -DAY];

/** Faults after which an object may not be reached for a while, or of which it is not known which tokens are older. */
const REACH: ReadonlySet<Fault> = new Set(["kill", "partition", "reset", "disk", "wipe", "clock"]);
