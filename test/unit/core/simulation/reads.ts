/** Reads, compared with what they must be at that moment. */
import type { Member } from "../../../../src/protocol/frames.ts";
import { pageOf } from "../../../support/history-model.ts";
import type { PresenceModel } from "../../../support/presence-model.ts";
import type { TestChannel } from "../../../support/test-channel.ts";
import type { Ledger } from "./ledger.ts";
import type { Step } from "./steps.ts";

/** Reads a page around the last ten messages; the largest offsets ask in another life of the log. */
export function readHistory(world: TestChannel, ledger: Ledger, step: Step & { kind: "history" }): void {
  const base = Math.max(0, ledger.head - 10);
  const at = (offset: number | null) =>
    offset === null ? null : { epoch: (offset < 19 && ledger.epoch) || "epoch000", seq: base + offset };
  const { limit, order } = step;
  const query = { after: at(step.after), before: at(step.before), from: null, to: null, limit, order };
  const page = world.history(query);
  const epoch = ledger.epoch ?? "";
  const expected = pageOf(query, ledger.retained(world.now), epoch, ledger.head);
  same("HISTORY-1", { ...page, messages: page.messages.map(({ seq }: { seq: number }) => seq) }, expected);
  for (const message of page.messages) same("I1", JSON.stringify(message), ledger.find(epoch, message.seq)?.text);
}

/** Reads the members: as they were before or as they are after the ends that the read itself has noticed. */
export function readMembers(world: TestChannel, presence: PresenceModel, observe: () => void): void {
  const expected = () => {
    const members = presence.members(world.now);
    return { members: members.map(sorted), count: members.length };
  };
  const before = JSON.stringify(expected());
  const { members, count } = world.members();
  observe();
  const told = { members: members.map(sorted), count };
  if (JSON.stringify(told) !== before) same("PRESENCE-9", told, expected());
}

/** What a watcher knows must be what is, but for the connections, of which a change is not told. */
export function compareView(view: { members: readonly object[]; count: number }, expected: readonly Member[]): void {
  const told = expected.map(({ connections, ...member }) => sorted(member));
  same("P4", { members: view.members.map(sorted), count: view.count }, { members: told, count: told.length });
}

/** A comparison of thousands: quicker than a matcher, and as clear when it fails. */
function same(rule: string, actual: unknown, expected: unknown): void {
  const [is, mustBe] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== mustBe) throw new Error(`${rule}: ${is}\nmust be ${mustBe}`);
}

function sorted(member: object): unknown[] {
  return Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
