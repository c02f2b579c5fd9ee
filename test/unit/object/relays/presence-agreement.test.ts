import fc from "fast-check";
import { expect, test } from "vitest";
import type { Config } from "../../../../src/config.ts";
import type { Peer } from "../../../support/peer.ts";
import { PresenceModel } from "../../../support/presence-model.ts";
import { type PresenceNode, PresenceNodes } from "../../../support/presence-nodes.ts";
import { PresenceView } from "../../../support/presence-view.ts";
import { holdsAsync } from "../../../support/property.ts";

type Step =
  | { kind: "connect"; node: number; user: string; member: boolean; watches: boolean; data: number | undefined }
  | { kind: "end"; peer: number; code: number }
  | { kind: "say"; peer: number; data: number }
  | { kind: "wait"; ms: number }
  | { kind: "deliver" }
  | { kind: "read"; node: number }
  | { kind: "sleep" | "crash"; node: number }
  | { kind: "cut" | "mend"; node: number };

const is = <const Kind extends string>(kind: Kind) => fc.constant(kind);
const [node, peer, data] = [fc.nat(3), fc.nat(30), fc.nat(2)];
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: is("connect"),
      node,
      user: fc.constantFrom("a", "b", "c", "d"),
      member: fc.boolean(),
      watches: fc.boolean(),
      data: fc.option(data, { nil: undefined }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: is("end"), peer, code: fc.constantFrom(1000, 1006) }) },
  { weight: 4, arbitrary: fc.record({ kind: is("say"), peer, data }) },
  { weight: 4, arbitrary: fc.record({ kind: is("wait"), ms: fc.constantFrom(1, 100, 1000, 11_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: is("deliver") }) },
  { weight: 2, arbitrary: fc.record({ kind: is("read"), node }) },
  { weight: 2, arbitrary: fc.record({ kind: is("sleep"), node }) },
  { weight: 1, arbitrary: fc.record({ kind: is("crash"), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("cut" as const, "mend" as const), node }) },
);

interface Here {
  readonly node: PresenceNode;
  readonly peer: Peer;
  readonly view: PresenceView | null;
}

/** What nodes know and tell, and what is true: each node's own members by the words of PRESENCE-1 to PRESENCE-10. */
class Agreement {
  readonly #nodes: PresenceNodes;
  readonly #models = new Map<PresenceNode, PresenceModel>();
  #here: Here[] = [];

  constructor(relays: number, settings: Partial<Config>) {
    this.#nodes = new PresenceNodes(relays, { NO_HEARTBEAT_TIMEOUT: 86_400_000, ...settings });
    for (const node of this.#nodes.all) this.#models.set(node, new PresenceModel(node.world.config.PRESENCE_GRACE));
  }

  async take(step: Step): Promise<void> {
    const { all, relays, now } = this.#nodes;
    const node = all[("node" in step ? step.node : 0) % all.length] as PresenceNode;
    const relay = relays[("node" in step ? step.node : 0) % relays.length] as PresenceNode;
    const here = "peer" in step ? this.#here[step.peer % this.#here.length] : undefined;
    switch (step.kind) {
      case "connect":
        return this.#connect(node, step);
      case "end": {
        if (here === undefined) return;
        const { connection, identity } = here.peer.session;
        here.peer.close(step.code);
        this.#models.get(here.node)?.part(identity.user, connection, step.code === 1000, now);
        this.#here = this.#here.filter((other) => other !== here);
        return;
      }
      case "say":
        return here?.peer.send({ type: "presence", data: step.data });
      case "wait":
        await this.#nodes.advance(step.ms);
        return this.#listen();
      case "deliver":
        await this.#nodes.deliver();
        return this.#listen();
      case "read":
        await node.members();
        return this.#listen();
      case "sleep":
        node.sleep();
        return;
      case "crash":
        this.#models.get(node)?.crash(now);
        this.#here = this.#here.filter((other) => other.node !== node);
        return this.#nodes.crash(node);
      case "cut":
        return this.#nodes.cut(relay);
      case "mend":
        return this.#nodes.attach(relay);
      default:
        return step satisfies never;
    }
  }

  /** All ways are there, and all graces are over: all nodes show what is true, and whoever watches believes it. */
  async compare(): Promise<void> {
    for (const relay of this.#nodes.relays) if (this.#nodes.isCut(relay)) this.#nodes.attach(relay);
    await this.#nodes.advance(12_000);
    this.#listen();
    // What is read is asked for, and would heal what was not told.
    const believed = this.#here.flatMap(({ view }) =>
      view === null ? [] : { members: view.members, count: view.count },
    );
    const [first, ...others] = await Promise.all(this.#nodes.all.map((node) => node.members()));
    for (const page of others) expect(page).toEqual(first);
    const connections = new Map<string, number>();
    for (const model of this.#models.values())
      for (const member of model.members(this.#nodes.now))
        connections.set(member.user, (connections.get(member.user) ?? 0) + member.connections);
    expect(first?.members.map((member) => [member.user, member.connections])).toEqual([...connections].sort());
    const shown = first?.members.map(({ connections, ...member }) => member);
    for (const view of believed) expect(view).toEqual({ members: shown, count: shown?.length });
  }

  async #connect(node: PresenceNode, { user, member, watches, data }: Step & { kind: "connect" }): Promise<void> {
    if (this.#here.length >= 20) return;
    const peer = await node.connect(user, { member, data, presence: watches ? "members" : "none" });
    if (member) this.#models.get(node)?.join(user, peer.session.connection, data, this.#nodes.now);
    const [welcome] = peer.subscriber.frames.map((frame) => JSON.parse(frame));
    this.#here.push({ node, peer, view: watches ? new PresenceView(welcome, member ? user : null) : null });
    this.#listen();
  }

  #listen(): void {
    for (const { peer, view } of this.#here)
      for (const frame of peer.news()) if (frame.type === "presence") view?.fold(frame);
  }
}

test.each([
  ["two nodes", 1, {}],
  ["three nodes, collected", 2, { PRESENCE_COLLECT_ABOVE: 0 }],
  ["four nodes, now so, now so", 3, { PRESENCE_COLLECT_ABOVE: 2 }],
])(
  "MEMBER-1 MEMBER-5 PRESENCE-9 whatever is lost or forgotten, all nodes agree, and folding the changes gives the list: %s",
  async (_how, relays, settings) => {
    const rounds = fc.array(fc.array(step, { maxLength: 14 }), { maxLength: 4 });
    await holdsAsync(
      fc.asyncProperty(rounds, async (rounds) => {
        const agreement = new Agreement(relays, settings);
        for (const steps of rounds) {
          for (const step of steps) await agreement.take(step);
          await agreement.compare();
        }
      }),
      100,
    );
  },
  60_000,
);
