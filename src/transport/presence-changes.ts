/** What became of members meanwhile, each told of once: so that it makes no difference in which order it is taken in. */
import type { Member, PresenceFrame } from "../protocol/frames.ts";

type Lists = Pick<PresenceFrame, "joined" | "left" | "updated">;

interface Fate {
  readonly wasThere: boolean;
  /** Null: they are gone. */
  readonly now: Member | null;
}

export class PresenceChanges {
  readonly #fates = new Map<string, Fate>();

  add({ joined = [], left = [], updated = [] }: Lists): void {
    for (const member of joined) this.#set(member.user, false, member);
    for (const member of updated) this.#set(member.user, true, member);
    for (const { user } of left) this.#set(user, true, null);
  }

  /** Without those of who came and went again. An empty list is left out. */
  lists(): Lists {
    const fates = [...this.#fates];
    const here = (wasThere: boolean) =>
      fates.flatMap(([, { now, ...fate }]) => (now !== null && fate.wasThere === wasThere ? [now] : []));
    const left = fates.flatMap(([user, { now, wasThere }]) => (now === null && wasThere ? [{ user }] : []));
    const [joined, updated] = [here(false), here(true)];
    return {
      ...(joined.length > 0 ? { joined } : {}),
      ...(left.length > 0 ? { left } : {}),
      ...(updated.length > 0 ? { updated } : {}),
    };
  }

  #set(user: string, wasThere: boolean, now: Member | null): void {
    this.#fates.set(user, { wasThere: this.#fates.get(user)?.wasThere ?? wasThere, now });
  }
}
