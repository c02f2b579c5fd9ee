/** How subscriptions end, and who is told what. (SPEC SUB-5, SUB-6) */
import { ackFrame } from "../../core/encode.ts";
import type { Session } from "../../core/session.ts";
import { unsubscribedFrame } from "../../core/subscriptions.ts";
import { type Code, closeCodeOf, type Failure, failure } from "../../protocol/codes.ts";
import type { Act } from "../links/calls.ts";
import type { Device } from "./device.ts";
import type { Devices } from "./devices.ts";
import type { Endings } from "./endings.ts";
import type { LiveSubscriptions } from "./live.ts";
import { refusedFrame } from "./rights.ts";
import type { Subscription } from "./subscription.ts";
import type { Outcome } from "./upstream.ts";

/** Nobody knows what has arrived: the client begins again from its cursor. */
export const IN_DOUBT: Code = "overloaded";
const LOST = 'The token does not grant "subscribe" in this channel any more.';
const UNREACHABLE = failure(IN_DOUBT, "The channel cannot be reached at the moment; try again.", 1000);

export class Ends {
  readonly #parts: {
    readonly devices: Devices;
    readonly live: LiveSubscriptions;
    readonly endings: Endings;
    readonly tell: (session: Session, text: string) => void;
  };

  constructor(
    devices: Devices,
    live: LiveSubscriptions,
    endings: Endings,
    tell: (session: Session, text: string) => void,
  ) {
    this.#parts = { devices, live, endings, tell };
  }

  /** A call of it was answered, or was not. */
  answered(device: Device, subscription: Subscription, outcome: Outcome, acts: readonly Act[]): void {
    if (!this.#parts.live.has(subscription)) return;
    subscription.isPulling = false;
    if (outcome.kind === "done") {
      if (subscription.isLeaving && acts.some(({ kind }) => kind === "end")) this.#unsubscribed(device, subscription);
      return;
    }
    if (outcome.kind === "refused") return this.#refused(device, subscription, outcome.failure);
    if (!subscription.isLeaving) return this.giveUp(device, subscription, IN_DOUBT);
    // Nobody knows whether its channel has heard that it is over: it is told so until it says that it has.
    if (outcome.kind === "doubt") this.leave(device, subscription, true);
    this.#unsubscribed(device, subscription);
    this.#parts.endings.begin(device);
  }

  /** The client has what it asked for: it is over. */
  #unsubscribed(device: Device, subscription: Subscription): void {
    const { session } = device;
    const { ref, channelJson } = subscription;
    this.#remove(device, subscription);
    if (session !== null && ref !== undefined) this.#parts.tell(session, ackFrame(ref, `"channel":${channelJson}`));
  }

  /** Its channel has not let it in. The one before, if there is one, goes on. */
  #refused(device: Device, subscription: Subscription, refusal: Failure): void {
    const { session } = device;
    const { ref, facts, replaces } = subscription;
    this.#remove(device, subscription);
    if (replaces !== null && this.#parts.live.has(replaces)) device.live.set(facts.channel, replaces);
    if (session !== null) this.#parts.tell(session, refusedFrame(refusal, facts.channel, ref, session));
  }

  /** Its channel has ended it. */
  ended(device: Device, subscription: Subscription, code: number, reason: string): void {
    const { session } = device;
    const { channel } = subscription.facts;
    const isShown = device.live.get(channel) === subscription;
    if (isShown && subscription.isLeaving) return this.#unsubscribed(device, subscription);
    if (isShown && !subscription.isWelcome) return this.#refused(device, subscription, UNREACHABLE);
    subscription.upstream.drop();
    this.#remove(device, subscription);
    // Its client has asked for another in its place meanwhile, and hears of that one.
    if (isShown && session !== null) this.#parts.tell(session, unsubscribedFrame(channel, code, reason));
  }

  /** It is over from here: its channel is told until it knows, and its client now. */
  giveUp(device: Device, subscription: Subscription, code: Code): void {
    const { facts, isWelcome, ref, replaces } = subscription;
    const { session } = device;
    subscription.upstream.drop();
    this.leave(device, subscription, code === "forbidden");
    this.#remove(device, subscription);
    this.#parts.devices.store(device);
    this.#parts.endings.begin(device);
    if (session === null) return;
    if (!isWelcome)
      this.#parts.tell(
        session,
        refusedFrame(code === IN_DOUBT ? UNREACHABLE : failure(code, LOST), facts.channel, ref, session),
      );
    // With it the one before is over, whichever of the two its channel has.
    if (isWelcome || replaces !== null)
      this.#parts.tell(session, unsubscribedFrame(facts.channel, closeCodeOf(code), code));
  }

  /** From now on its channel has to be told of its end. */
  leave(device: Device, subscription: Subscription, left: boolean): void {
    const { facts, upstream, replaces } = subscription;
    const { id, channel } = facts;
    if (replaces !== null) this.leave(device, replaces, left);
    this.#parts.live.remove(subscription);
    device.leaving.set(id, { id, channel, left, since: Date.now() });
    // What its client sent before is done first.
    this.#parts.endings.after(id, upstream.idle());
    upstream.release();
  }

  #remove(device: Device, subscription: Subscription): void {
    const { channel } = subscription.facts;
    this.#parts.live.remove(subscription);
    if (device.live.get(channel) === subscription) device.live.delete(channel);
    this.#parts.devices.changed(device);
    if (device.session !== null) device.session.subscriber.save(device.session);
  }
}
