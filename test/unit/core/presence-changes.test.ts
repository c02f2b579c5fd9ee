import fc from "fast-check";
import { expect, test } from "vitest";
import type { Frame } from "../../../src/core/frame.ts";
import type { PresenceChange } from "../../../src/core/presence.ts";
import { PresenceChanges } from "../../../src/core/presence-changes.ts";
import type { Member, PresenceFrame } from "../../../src/protocol/frames.ts";
import { holds } from "../../support/property.ts";

type Picture = ReadonlyMap<string, Member>;

const member = (user: string, data: number): Member => ({ user, data, since: 0, connections: 1 });
const parse = (frames: readonly Frame[]) => frames.map(({ text }) => JSON.parse(text) as PresenceFrame);

function folded(picture: Picture, frames: readonly PresenceFrame[]): Picture {
  const result = new Map(picture);
  for (const { joined = [], left = [], updated = [] } of frames) {
    for (const each of joined) {
      expect(result.has(each.user)).toBe(false);
      result.set(each.user, each);
    }
    for (const each of updated) {
      expect(result.has(each.user)).toBe(true);
      result.set(each.user, each);
    }
    for (const { user } of left) expect(result.delete(user)).toBe(true);
  }
  return result;
}

/** What becomes of a picture: `toggle` a join or a leave, or else an update of whoever is there. */
function changed(picture: Picture, user: string, data: number, toggle: boolean): PresenceChange | null {
  if (!picture.has(user)) return { kind: "joined", member: member(user, data) };
  return toggle ? { kind: "left", user } : { kind: "updated", member: member(user, data) };
}

test("PRESENCE-9 whatever somebody knew already, what they are told makes it what is true", () => {
  const steps = fc.array(fc.tuple(fc.nat(30), fc.nat(9), fc.boolean()), { maxLength: 400, minLength: 1 });
  holds(
    fc.property(steps, (all) => {
      const changes = new PresenceChanges();
      const pictures: Picture[] = [new Map()];
      for (const [user, data, toggle] of all) {
        const before = pictures.at(-1) as Picture;
        const change = changed(before, `u${user}`, data, toggle) as PresenceChange;
        const after = new Map(before);
        if (change.kind === "left") after.delete(change.user);
        else after.set(change.member.user, change.member);
        changes.add(pictures.length, change);
        pictures.push(after);
      }
      const truth = pictures.at(-1) as Picture;
      const framesFor = changes.teller(truth.size);
      for (const [known, picture] of pictures.entries()) {
        const frames = parse(framesFor(known));
        for (const { count } of frames) expect(count).toBe(truth.size);
        expect(folded(picture, frames)).toEqual(truth);
      }
    }),
  );
});

test("PRESENCE-4 a thousand joins of a second are a frame or two, and newcomers share most of what they are told", () => {
  const joins = 1000;
  const changes = new PresenceChanges();
  for (let serial = 1; serial <= joins; serial++)
    changes.add(serial, { kind: "joined", member: member(`guest-${serial}`, serial) });
  const framesFor = changes.teller(joins);
  expect(framesFor(0).length).toBeLessThanOrEqual(2);
  const written = new Set<Frame>();
  for (let known = 0; known <= joins; known++) for (const frame of framesFor(known)) written.add(frame);
  const members = parse([...written]).reduce((sum, { joined = [] }) => sum + joined.length, 0);
  // Each a frame of its own would be half a million.
  expect(members).toBeLessThan(50 * joins);
});

test("PRESENCE-4 a frame stays below 256 KiB, whatever members say of themselves", () => {
  const changes = new PresenceChanges();
  const data = "€".repeat(340);
  for (let serial = 1; serial <= 500; serial++)
    changes.add(serial, { kind: "updated", member: { ...member(`u${serial}`, 0), data } });
  const frames = changes.teller(500)(0);
  expect(Math.max(...frames.map(({ bytes }) => bytes))).toBeLessThan(256 * 1024);
  expect(parse(frames).flatMap(({ updated = [] }) => updated).length).toBe(500);
});
