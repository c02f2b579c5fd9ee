/** The user's connections that follow other channels, and their rows. */
import type { Session } from "../../core/session.ts";
import type { StoredConnection, SubscriptionTable } from "../../storage/subscriptions.ts";
import type { Grants } from "../rpc.ts";
import { Device, type DeviceAttachment } from "./device.ts";
import type { Upstream } from "./upstream.ts";

export class Devices {
  readonly #table: SubscriptionTable;
  readonly #turn: (event: () => void) => void;
  readonly #all = new Map<string, Device>();
  readonly #of = new Map<Session, Device>();
  /** What the sockets kept through a sleep, until the rows have been read. */
  readonly #kept = new Map<Device, DeviceAttachment["at"]>();
  /** Subscriptions whose calls wait for a row. */
  #held: Upstream[] = [];
  #isWriting = false;

  constructor(table: SubscriptionTable, turn: (event: () => void) => void) {
    this.#table = table;
    this.#turn = turn;
  }

  all(): Iterable<Device> {
    return this.#all.values();
  }

  of(session: Session): Device | null {
    return this.#of.get(session) ?? null;
  }

  begin(session: Session, grants: Grants): Device {
    const device = this.#add(session, grants);
    if (!device.hasSmallGrants) this.store(device);
    session.subscriber.save(session);
    return device;
  }

  /** Takes one over from before a sleep; what it follows is in its row. */
  restore(session: Session, { grants, at }: DeviceAttachment): void {
    this.#kept.set(this.#add(session, grants ?? {}), at);
  }

  /** Reads the rows: of connections that are there, and of those that were lost in a crash. */
  load(take: (device: Device, row: StoredConnection, at: DeviceAttachment["at"]) => void): void {
    for (const row of this.#table.load()) {
      const device = this.#all.get(row.connection) ?? new Device(row.connection, null, {});
      this.#all.set(row.connection, device);
      take(device, row, device.session === null ? [] : (this.#kept.get(device) ?? []));
    }
    this.#kept.clear();
  }

  /** The connection is over: what it followed has still to be told so. */
  over(session: Session, left: boolean): Device | null {
    const device = this.of(session);
    if (device === null) return null;
    this.#of.delete(session);
    device.session = null;
    device.over = left ? "left" : "broken";
    return device;
  }

  /** Its row is not as it should be: it is written soon, once for all that comes at the same time. */
  changed(device: Device): void {
    device.isDirty = true;
    this.#writeSoon();
  }

  /** Lets its calls go once the rows are written. */
  hold(upstream: Upstream): void {
    this.#held.push(upstream);
    this.#writeSoon();
  }

  store(device: Device): void {
    device.isDirty = false;
    const isEmpty = device.live.size === 0 && device.leaving.size === 0;
    const isNeeded = !isEmpty || (device.session !== null && !device.hasSmallGrants);
    if (isNeeded) this.#table.put(device.row());
    else if (device.isStored) this.#table.remove(device.connection);
    device.isStored = isNeeded;
    if (device.session === null && isEmpty) this.#all.delete(device.connection);
  }

  #add(session: Session, grants: Grants): Device {
    const device = new Device(session.connection, session, grants);
    this.#all.set(device.connection, device);
    this.#of.set(session, device);
    return device;
  }

  #writeSoon(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    setTimeout(() => {
      this.#isWriting = false;
      this.#turn(() => {
        for (const device of this.#all.values()) if (device.isDirty) this.store(device);
        for (const upstream of this.#held.splice(0)) upstream.release();
      });
    }, 0);
  }
}
