import fc from "fast-check";
import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { PresenceModel } from "../../support/presence-model.ts";
import { PresenceView } from "../../support/presence-view.ts";
import { holds } from "../../support/property.ts";
import { TestChannel } from "../../support/test-channel.ts";

type Step =
  | { kind: "connect"; user: string; member: boolean; presence: "none" | "count" | "members"; data: number | undefined }
  | { kind: "end"; peer: number; code: number }
  | { kind: "leave"; peer: number }
  | { kind: "say"; peer: number; data: number }
  | { kind: "wait"; ms: number }
  | { kind: "sleep" };

const peer = fc.nat(20);
const data = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("connect" as const),
      user: fc.constantFrom("a", "b", "c"),
      member: fc.boolean(),
      presence: fc.constantFrom("none" as const, "count" as const, "members" as const, "members" as const),
      data: fc.option(data, { nil: undefined }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("end" as const), peer, code: fc.constantFrom(1000, 1006, 1006) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), peer }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("say" as const), peer, data }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 400, 1000, 5000, 11_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("sleep" as const) }) },
);

interface Watcher {
  readonly peer: Peer;
  readonly view: PresenceView;
}

/** A channel, what its watchers believe, and what is true. */
class Watched {
  readonly #world: TestChannel;
  readonly #model: PresenceModel;
  #peers: Peer[] = [];
  #watchers: Watcher[] = [];
  #counting: { peer: Peer; count: number }[] = [];

  constructor(collectAbove: number) {
    this.#world = new TestChannel({ PRESENCE_COLLECT_ABOVE: collectAbove, PRESENCE_COLLECT_FOR: 1000 });
    this.#model = new PresenceModel(this.#world.config.PRESENCE_GRACE);
  }

  take(step: Step): void {
    this.#do(step);
    this.#listen();
    // A page is right at any moment, whatever the watchers were told.
    expect(this.#world.members().members).toEqual(this.#model.members(this.#world.now));
  }

  /** All that waits has been told: what is believed must be true. */
  compare(): void {
    while (this.#world.isAwake && this.#world.host.tasks.has("presence")) this.#world.advance(1000);
    this.#listen();
    const truth = this.#model.members(this.#world.now).map(({ connections, ...member }) => member);
    for (const { view } of this.#watchers) {
      expect(view.members).toEqual(truth);
      expect(view.count).toBe(truth.length);
    }
    for (const { count } of this.#counting) expect(count).toBe(truth.length);
  }

  #do(step: Step): void {
    const world = this.#world;
    switch (step.kind) {
      case "connect":
        return this.#connect(step);
      case "end":
      case "leave": {
        const peer = this.#peers[step.peer % this.#peers.length];
        if (peer === undefined) return;
        if (step.kind === "leave") peer.send({ type: "leave" });
        else peer.close(step.code);
        const { connection, identity } = peer.session;
        this.#model.part(identity.user, connection, step.kind === "leave" || step.code === 1000, world.now);
        this.#forget(peer);
        return;
      }
      case "say": {
        const peer = this.#peers[step.peer % this.#peers.length];
        peer?.send({ type: "presence", data: step.data });
        if (peer?.session.member) this.#model.update(peer.session.identity.user, step.data);
        return;
      }
      case "wait":
        for (const peer of this.#peers) peer.ping();
        return world.advance(step.ms);
      case "sleep":
        if (world.isAwake && world.host.tasks.size === 0) world.hibernate();
        return;
      default:
        return step satisfies never;
    }
  }

  #connect({ user, member, presence, data }: Step & { kind: "connect" }): void {
    if (this.#peers.length >= 12) return;
    const peer = this.#world.connect(user, { member, presence, data });
    peer.ping();
    this.#peers.push(peer);
    if (member) this.#model.join(user, peer.session.connection, data, this.#world.now);
    const [welcome] = peer.subscriber.frames.map((frame) => JSON.parse(frame));
    if (presence === "members") this.#watchers.push({ peer, view: new PresenceView(welcome, member ? user : null) });
    if (presence === "count") this.#counting.push({ peer, count: welcome.presence.count });
  }

  #listen(): void {
    for (const { peer, view } of this.#watchers)
      for (const frame of peer.news()) if (frame.type === "presence") view.fold(frame);
    for (const watcher of this.#counting)
      for (const frame of watcher.peer.news()) if (frame.type === "presence") watcher.count = frame.count;
  }

  #forget(gone: Peer): void {
    this.#peers = this.#peers.filter((peer) => peer !== gone);
    this.#watchers = this.#watchers.filter(({ peer }) => peer !== gone);
    this.#counting = this.#counting.filter(({ peer }) => peer !== gone);
  }
}

test.each([
  ["at once", 20],
  ["collected", 0],
  ["now so, now so", 2],
])(
  "PRESENCE-9 PRESENCE-2 folding the changes gives the list, and nobody gets their own join: %s",
  (_how, above) => {
    const steps = fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 6 });
    holds(
      fc.property(steps, (rounds) => {
        const watched = new Watched(above);
        for (const steps of rounds) {
          for (const step of steps) watched.take(step);
          watched.compare();
        }
      }),
      150,
    );
  },
  30_000,
);
