/**
 * What has happened to members since watchers were last told, in order. Most of those who are told know none of it; who
 * came meanwhile knows the first part of it from their welcome. With a thousand newcomers a second, a frame of each one's
 * own would cost a million members a second: so what they do not know is cut at a mark, beyond which they share.
 */
import { presenceFrame } from "./encode.ts";
import type { Frame } from "./frame.ts";
import type { PresenceChange } from "./presence.ts";

interface Numbered {
  readonly serial: number;
  readonly user: string;
  readonly kind: PresenceChange["kind"];
  /** The member as JSON. */
  readonly text: string;
}

type Lists = { readonly [Kind in PresenceChange["kind"]]: string[] };

/** Changes from one mark to the next. */
const MARK_EVERY = 64;
/** UTF-16 units of members in a frame, so that it stays below 256 KiB: what costs is how many frames there are. */
const FRAME_UNITS = 64 * 1024;

export class PresenceChanges {
  readonly #all: Numbered[] = [];

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  add(serial: number, change: PresenceChange): void {
    const { kind } = change;
    const member = kind === "left" ? { user: change.user } : change.member;
    this.#all.push({ serial, user: member.user, kind, text: JSON.stringify(member) });
  }

  /**
   * Gives the frames for anybody, by the number of the last change that they know of.
   * @param count of all members, now
   */
  teller(count: number): (known: number) => readonly Frame[] {
    const all = this.#all;
    const shared = new Map<number, Frame[]>();
    const from = (mark: number): Frame[] => {
      const known = shared.get(mark);
      if (known !== undefined) return known;
      const frames = framesOf(all.slice(mark), count);
      shared.set(mark, frames);
      return frames;
    };
    return (known) => {
      const first = firstAfter(all, known);
      const mark = Math.ceil(first / MARK_EVERY) * MARK_EVERY;
      if (first === mark) return from(mark);
      const own = framesOf(all.slice(first, mark), count);
      return mark >= all.length ? own : [...own, ...from(mark)];
    };
  }
}

/** The index of the first change that comes after number `serial`. */
function firstAfter(changes: readonly Numbered[], serial: number): number {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle] as Numbered).serial > serial) high = middle;
    else low = middle + 1;
  }
  return low;
}

function framesOf(changes: readonly Numbered[], count: number): Frame[] {
  const lists = foldedLists(changes);
  const frames: Frame[] = [];
  let part: Lists = { joined: [], left: [], updated: [] };
  let units = 0;
  for (const kind of ["joined", "left", "updated"] as const)
    for (const text of lists[kind]) {
      if (units > 0 && units + text.length > FRAME_UNITS) {
        frames.push(presenceFrame(count, part));
        part = { joined: [], left: [], updated: [] };
        units = 0;
      }
      part[kind].push(text);
      units += text.length;
    }
  if (units > 0) frames.push(presenceFrame(count, part));
  return frames;
}

/** What the changes come to, for each user. */
function foldedLists(changes: readonly Numbered[]): Lists {
  const lists: Lists = { joined: [], left: [], updated: [] };
  const byUser = new Map<string, { wasThere: boolean; last: Numbered }>();
  for (const change of changes) {
    const earlier = byUser.get(change.user);
    if (earlier === undefined) byUser.set(change.user, { wasThere: change.kind !== "joined", last: change });
    else earlier.last = change;
  }
  for (const { wasThere, last } of byUser.values()) {
    // Whoever was not there before and is not now, was nothing to tell.
    if (last.kind !== "left") lists[wasThere ? "updated" : "joined"].push(last.text);
    else if (wasThere) lists.left.push(last.text);
  }
  return lists;
}
