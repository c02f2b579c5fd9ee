/**
 * The other channels that a user's connections follow. Each is a session in its channel, which sends what happens there to
 * this object; here it is known where each reader stands. Everything survives a sleep; in a crash the sockets die, and the
 * channels are told so. (SPEC SUB-1 to SUB-10)
 */
import type { ChannelRule } from "../../channel-rules.ts";
import type { Config } from "../../config.ts";
import type { Channel } from "../../core/channel.ts";
import type { Identity } from "../../core/identity.ts";
import { reply, type Session } from "../../core/session.ts";
import { type Addressed, unsubscribedFrame } from "../../core/subscriptions.ts";
import { closeCodeOf, type Failure, failure } from "../../protocol/codes.ts";
import type { SubscribeFrame } from "../../protocol/frames.ts";
import type { SubscriptionTable } from "../../storage/subscriptions.ts";
import type { Deadline } from "../deadlines.ts";
import type { Act, LinkAnswer, LinkBatch, LinkCall, LinkReceipt } from "../links/calls.ts";
import type { Grants, Whereabouts } from "../rpc.ts";
import { Delivery } from "./delivery.ts";
import type { Device, DeviceAttachment } from "./device.ts";
import { Devices } from "./devices.ts";
import { Endings } from "./endings.ts";
import { Ends, IN_DOUBT } from "./ends.ts";
import { LiveSubscriptions } from "./live.ts";
import { Paging } from "./paging.ts";
import { identityIn, optionsOf, refusalToSubscribe, refusedFrame } from "./rights.ts";
import { Subscription, type SubscriptionFacts } from "./subscription.ts";
import { type Outcome, Upstream } from "./upstream.ts";

export interface SubscriptionsParts {
  readonly user: string;
  readonly config: Config;
  readonly rules: readonly ChannelRule[];
  readonly channel: Channel;
  readonly table: SubscriptionTable;
  /** Calls the object of a channel. */
  call(channel: string, call: LinkCall, hint: DurableObjectLocationHint | undefined): Promise<LinkAnswer>;
  turn<Result>(event: (now: number) => Result): Result;
  deadlinesChanged(): void;
}

const NOT_THERE = failure("not_found", "This connection has no subscription to that channel.");

export class Subscriptions {
  readonly #parts: SubscriptionsParts;
  readonly #devices: Devices;
  readonly #live: LiveSubscriptions;
  readonly #delivery: Delivery;
  readonly #paging: Paging;
  readonly #endings: Endings;
  readonly #ends: Ends;
  readonly #verified = new WeakMap<Identity, Grants>();
  /** Near whom a channel is to be made of which nobody has heard before. */
  #hint: DurableObjectLocationHint | undefined;

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
    this.#devices = new Devices(parts.table, parts.turn);
    this.#live = new LiveSubscriptions(parts.channel.elsewhere, parts.deadlinesChanged);
    this.#paging = new Paging(parts.channel, parts.turn);
    this.#endings = new Endings({
      upstream: (leaving) =>
        this.#upstream(leaving, false, (outcome) =>
          this.#parts.turn((now) => this.#endings.answered(leaving, outcome, now)),
        ),
      settled: (device) => this.#settled(device),
      deadlinesChanged: parts.deadlinesChanged,
    });
    this.#ends = new Ends(this.#devices, this.#live, this.#endings, (session, text) => this.#tell(session, text));
    this.#delivery = new Delivery({
      channel: parts.channel,
      devices: () => this.#devices.all(),
      find: (id) => this.#live.find(id),
      isLeaving: (id) => this.#endings.isLeaving(id),
      behind: (subscription, session) => this.#paging.behind(subscription, session),
      welcomed: (device, subscription) => this.#welcomed(device, subscription),
      watchedChanged: () => this.#live.count(),
      ended: (device, subscription, code, reason) => this.#ends.ended(device, subscription, code, reason),
      inDoubt: (device, subscription) => this.#ends.giveUp(device, subscription, IN_DOUBT),
    });
  }

  // ---- its connections

  /** A connection that may follow other channels has come. */
  begin(
    session: Session,
    grants: Grants,
    hint: DurableObjectLocationHint | undefined,
    follow: readonly SubscribeFrame[],
  ): void {
    this.#hint = hint ?? this.#hint;
    const device = this.#devices.begin(session, grants);
    for (const frame of follow) {
      const refusal = this.subscribe(device, frame);
      if (refusal !== null) this.#tell(session, refusedFrame(refusal, frame.channel, undefined, session));
    }
  }

  /** What goes with its socket through a sleep. */
  attachmentOf(session: Session): DeviceAttachment | null {
    return this.#devices.of(session)?.attachment() ?? null;
  }

  /** Takes a connection over from before a sleep. */
  restore(session: Session, attachment: DeviceAttachment): void {
    this.#devices.restore(session, attachment);
  }

  /** When all connections that live are there: takes up what they follow, and ends what those followed that do not. */
  restored(): void {
    this.#devices.load((device, row, at) => {
      for (const facts of device.restore(row)) this.#restoreOne(device, facts, at);
      if (device.session === null) device.over ??= "broken";
      this.#endings.begin(device);
    });
  }

  #restoreOne(device: Device, facts: SubscriptionFacts, at: DeviceAttachment["at"]): void {
    const subscription = this.#make(device, facts, false);
    const { session } = device;
    if (session !== null && subscription.unpack(at)) {
      this.#live.add(device, subscription);
      if (subscription.isBehind) this.#paging.behind(subscription, session);
      return;
    }
    device.leaving.set(facts.id, {
      id: facts.id,
      channel: facts.channel,
      left: device.over === "left",
      since: Date.now(),
    });
    if (session === null) return;
    this.#devices.changed(device);
    // Its channel had not answered yet: so nobody knows.
    this.#tell(session, unsubscribedFrame(facts.channel, closeCodeOf(IN_DOUBT), IN_DOUBT));
  }

  /** A session of this channel is over, and all that it followed with it. */
  closed(session: Session, left: boolean): void {
    const device = this.#devices.over(session, left);
    if (device === null) return;
    for (const subscription of device.live.values()) this.#ends.leave(device, subscription, left);
    device.live.clear();
    if (device.isStored || device.leaving.size > 0) this.#devices.store(device);
    this.#endings.begin(device);
  }

  // ---- what clients ask

  /** Takes a frame about another channel; see `Host.elsewhere`. */
  take(session: Session, frame: Addressed, text: string): Failure | string | null {
    const device = this.#devices.of(session);
    if (device === null) return NOT_THERE;
    if (frame.type === "subscribe") return this.subscribe(device, frame);
    const subscription = device.live.get(frame.channel);
    const isThere = subscription !== undefined && !subscription.isLeaving;
    if (frame.type === "unsubscribe") {
      if (!isThere) return `"channel":${JSON.stringify(frame.channel)}`;
      subscription.isLeaving = true;
      subscription.ref = frame.ref;
      subscription.upstream.push({ kind: "end", left: true });
      return null;
    }
    if (!isThere) return NOT_THERE;
    return subscription.upstream.push({ kind: "frame", text })
      ? null
      : failure("overloaded", "Too many frames for that channel wait to be sent.", 1000);
  }

  /** Null: the answer comes when the channel has given one. */
  subscribe(device: Device, frame: SubscribeFrame): Failure | null {
    const { config, rules } = this.#parts;
    const session = device.session as Session;
    const identity = identityIn(frame.channel, session.identity, device.grants, rules);
    const refusal = refusalToSubscribe(frame, identity, config);
    if (refusal !== null) return refusal;
    const before = device.live.get(frame.channel) ?? null;
    if (before === null && device.live.size >= config.SUBSCRIPTIONS)
      return failure("rate_limited", `A connection may have ${config.SUBSCRIPTIONS} subscriptions.`, 1000);
    const wait = device.takeRate(config.SUBSCRIPTIONS, Date.now());
    if (wait > 0) return failure("rate_limited", "Too many subscriptions on this connection.", wait);
    const facts = {
      id: crypto.randomUUID(),
      channel: frame.channel,
      slot: device.nextSlot(),
      since: Date.now(),
      member: frame.member ?? true,
    };
    const subscription = this.#make(device, facts, true);
    subscription.ref = frame.ref;
    subscription.replaces = before;
    subscription.upstream.push({ kind: "subscribe", identity, options: optionsOf(frame, session) });
    device.live.delete(frame.channel); // so that the order is that in which they came
    this.#live.add(device, subscription);
    this.#devices.changed(device);
    // What was asked of the one before is answered first.
    if (before === null) this.#devices.hold(subscription.upstream);
    else void before.upstream.idle().then(() => this.#devices.hold(subscription.upstream));
    return null;
  }

  /** Remembers what a token grants until it is taken on. */
  verified(identity: Identity, grants: Grants): void {
    this.#verified.set(identity, grants);
  }

  /** A connection goes by another token now. */
  renewed(session: Session): void {
    const device = this.#devices.of(session);
    const grants = this.#verified.get(session.identity);
    if (device === null || grants === undefined) return;
    device.grants = grants;
    session.subscriber.save(session);
    for (const subscription of [...device.live.values()]) {
      const identity = identityIn(subscription.facts.channel, session.identity, grants, this.#parts.rules);
      const frame = { type: "subscribe", channel: subscription.facts.channel } as const;
      if (refusalToSubscribe(frame, identity, this.#parts.config) === null)
        subscription.upstream.push({ kind: "renew", identity });
      else this.#ends.giveUp(device, subscription, identity.kind === "guest" ? "unauthenticated" : "forbidden");
    }
    if (!device.hasSmallGrants || device.isStored) this.#devices.store(device);
  }

  /** The reader of a stream has taken what it had. */
  pulled(session: Session): void {
    this.#paging.pulled(session);
  }

  // ---- what channels say

  deliver(batch: LinkBatch, now: number): LinkReceipt {
    return this.#delivery.deliver(batch, now);
  }

  /** Where the user is through this object. */
  whereabouts(): Whereabouts[] {
    return this.#live.whereabouts();
  }

  get deadline(): Deadline {
    return this.#endings.deadline;
  }

  // ---- inside

  #make(device: Device, facts: SubscriptionFacts, isHeld: boolean): Subscription {
    const upstream = this.#upstream(facts, isHeld, (outcome, acts) =>
      this.#parts.turn(() => this.#ends.answered(device, subscription, outcome, acts)),
    );
    const subscription: Subscription = new Subscription(facts, upstream);
    return subscription;
  }

  #upstream(
    { id, channel }: { readonly id: string; readonly channel: string },
    isHeld: boolean,
    answered: (outcome: Outcome, acts: readonly Act[]) => void,
  ): Upstream {
    const call = async (call: LinkCall) => this.#parts.call(channel, call, this.#hint);
    return new Upstream({ peer: this.#parts.user, subscription: id, isHeld, call, answered });
  }

  /** Its channel has let it in. */
  #welcomed(device: Device, subscription: Subscription): void {
    subscription.isWelcome = true;
    const { replaces } = subscription;
    subscription.replaces = null;
    if (replaces === null) return;
    this.#live.remove(replaces);
    this.#devices.changed(device);
  }

  #tell(session: Session, text: string): void {
    reply(session, text);
    this.#parts.channel.sent(text.length);
  }

  /** Nothing that it followed has to be told of any more. */
  #settled(device: Device): void {
    if (device.session === null) this.#devices.store(device);
  }
}
