/**
 * Passes on what a channel sends to those who follow it here: first it is decided what each reader gets, then written down
 * where they stand, then sent. (SPEC SUB-2)
 */
import type { Channel } from "../../core/channel.ts";
import { ackFrame } from "../../core/encode.ts";
import { reply, type Session } from "../../core/session.ts";
import { ofChannel, subscribedFields } from "../../core/subscriptions.ts";
import type { WelcomeFrame } from "../../protocol/frames.ts";
import type { LinkBatch, LinkItem, LinkReceipt, Reader } from "../links/calls.ts";
import type { Device, Leaving } from "./device.ts";
import type { Live } from "./live.ts";
import type { Subscription } from "./subscription.ts";

export interface DeliveryParts {
  readonly channel: Channel;
  devices(): Iterable<Device>;
  find(id: string): Live | null;
  isLeaving(id: string): Leaving | null;
  /** It has to ask for what is next. */
  behind(subscription: Subscription, session: Session): void;
  welcomed(device: Device, subscription: Subscription): void;
  watchedChanged(): void;
  ended(device: Device, subscription: Subscription, code: number, reason: string): void;
  inDoubt(device: Device, subscription: Subscription): void;
}

type Frame = Extract<LinkItem, { kind: "frame" }>;

export class Delivery {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  deliver(batch: LinkBatch, now: number): LinkReceipt {
    const { channel, find } = this.#parts;
    channel.endOver(now); // nobody gets anything after their end, and who has not is alive
    for (const [id] of batch.items.flatMap(readersOf)) {
      const newerLife = find(id)?.subscription.isPast(batch.life) ?? null;
      if (newerLife !== null) return { unknown: [], newerLife };
    }
    const round = new Round(batch, this.#parts);
    for (const item of batch.items) round.take(item);
    round.watch();
    round.finish();
    return { unknown: round.unknown, newerLife: null };
  }
}

/** One batch. */
class Round {
  readonly unknown: { subscription: string; left: boolean }[] = [];
  readonly #batch: LinkBatch;
  readonly #parts: DeliveryParts;
  readonly #touched = new Set<Device>();
  readonly #deeds: (() => void)[] = [];
  /** Of those nothing more is taken. */
  readonly #over = new Set<Subscription>();
  #units = 0;

  constructor(batch: LinkBatch, parts: DeliveryParts) {
    this.#batch = batch;
    this.#parts = parts;
  }

  take(item: LinkItem): void {
    switch (item.kind) {
      case "frame":
        return this.#frame(item);
      case "more":
        for (const reader of item.readers) this.#read(reader, null, (live) => this.#behind(live));
        return;
      case "ended": {
        const live = this.#parts.find(item.subscription);
        if (live === null || this.#over.has(live.subscription)) return;
        this.#over.add(live.subscription);
        this.#deeds.push(() => this.#parts.ended(live.device, live.subscription, item.code, item.reason));
        return;
      }
      case "check":
        for (const id of item.subscriptions) if (this.#parts.find(id) === null) this.#isUnknown(id);
        return;
      case "kick":
      case "presence":
        return; // they are a relay's
      default:
        return item satisfies never;
    }
  }

  /** Whether somebody there wants to know who comes and goes: so often it is looked after who does not live any more. */
  watch(): void {
    let hasChanged = false;
    for (const device of this.#parts.devices()) {
      const subscription = device.live.get(this.#batch.channel);
      if (subscription === undefined || subscription.isWatched === this.#batch.isWatched) continue;
      subscription.isWatched = this.#batch.isWatched;
      this.#touched.add(device);
      hasChanged = true;
    }
    if (hasChanged) this.#parts.watchedChanged();
  }

  /** Writes down where all of them stand, then does what is to be done. */
  finish(): void {
    for (const { session } of this.#touched) session?.subscriber.save(session);
    for (const deed of this.#deeds) deed();
    this.#parts.channel.sent(this.#units);
  }

  #frame({ text, place, readers }: Frame): void {
    let shown: string | null = null;
    for (const reader of readers)
      this.#read(reader, place, (live, session) => {
        if (text === "") return;
        if (place?.previous === null) return this.#welcome(live, session, text);
        shown ??= ofChannel(text, live.subscription.channelJson);
        this.#send(session, shown);
      });
  }

  /** @param then what to do with it, if it is the next for that reader */
  #read([id, number]: Reader, place: Frame["place"], then: (live: Live, session: Session) => void): void {
    const live = this.#parts.find(id);
    if (live === null) return this.#isUnknown(id);
    const { device, subscription } = live;
    const { session } = device;
    if (session === null || this.#over.has(subscription)) return;
    this.#touched.add(device);
    const taking = subscription.take(this.#batch.life, number, place);
    if (taking === "take") then(live, session);
    else if (taking === "pull") this.#behind(live);
    else if (taking === "lost") {
      this.#over.add(subscription);
      this.#deeds.push(() => this.#parts.inDoubt(device, subscription));
    }
  }

  #behind({ device, subscription }: Live): void {
    subscription.isBehind = true;
    this.#deeds.push(() => device.session && this.#parts.behind(subscription, device.session));
  }

  #welcome({ device, subscription }: Live, session: Session, text: string): void {
    const { ref } = subscription;
    subscription.ref = undefined;
    this.#parts.welcomed(device, subscription);
    if (session.transport !== "ws") this.#send(session, text);
    else if (ref !== undefined) this.#send(session, ackFrame(ref, subscribedFields(JSON.parse(text) as WelcomeFrame)));
  }

  #send(session: Session, text: string): void {
    this.#units += text.length;
    this.#deeds.push(() => reply(session, text));
  }

  #isUnknown(id: string): void {
    if (this.unknown.some(({ subscription }) => subscription === id)) return;
    this.unknown.push({ subscription: id, left: this.#parts.isLeaving(id)?.left ?? false });
  }
}

function readersOf(item: LinkItem): readonly Reader[] {
  return item.kind === "frame" || item.kind === "more" ? item.readers : [];
}
