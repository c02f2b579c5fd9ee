/** Deliberate bugs of the service, each a change of one text: what the tests are worth is whether they notice. */

export interface Mutant {
  readonly name: string;
  /** Below src. */
  readonly file: string;
  /** Must stand in the file once. */
  readonly from: string;
  readonly to: string;
  /** Tests that should notice it if the simulation does not. */
  readonly tests: readonly string[];
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: "send before write",
    file: "core/channel.ts",
    from: "    if (chunks.length > 0) {\n      this.#log.append(chunks, now);",
    to: "    if (chunks.length > 0) {\n      sendChunks(chunks, batch, this.#log.open(now).epoch, this.sessions);\n      this.#log.append(chunks, now);\n      for (const chunk of chunks.splice(0)) void chunk;",
    tests: ["test/unit/core/fan-out.test.ts", "test/unit/core/publish.test.ts"],
  },
  {
    name: "dedupe in memory only",
    file: "core/recent-ids.ts",
    from: "if (this.#before === undefined) this.#before = this.#log.index(0, now);",
    to: "if (this.#before === undefined) this.#before = this.#log.index(this.#log.open(now).seq, now);",
    tests: ["test/unit/core/recent-ids.test.ts"],
  },
  {
    name: "replay from the message that was reached (>=)",
    file: "core/replay.ts",
    from: "const slice = this.#log.readAfter(next.from, head.seq,",
    to: "const slice = this.#log.readAfter(next.from - 1, head.seq,",
    tests: ["test/unit/core/replay.test.ts"],
  },
  {
    name: "attached after the log was read",
    file: "core/channel.ts",
    from: "    if (from < head.seq) session.feed",
    to: "    if (from < head.seq - 1) session.feed",
    tests: ["test/unit/core/replay-seam.test.ts"],
  },
  {
    name: "live before the head",
    file: "core/replay.ts",
    from: "const isLive = reached >= head.seq;",
    to: "const isLive = reached >= head.seq - 1;",
    tests: ["test/unit/core/replay-seam.test.ts"],
  },
  {
    name: "constant epoch",
    file: "object/channel-log.ts",
    from: "const random = () => epochFrom(crypto.getRandomValues(new Uint8Array(12)));",
    to: "const random = () => epochFrom(new Uint8Array(12));",
    tests: ["test/workerd/administration.test.ts"],
  },
  {
    name: "no check of the epoch on resume",
    file: "core/resume.ts",
    from: "      if (cursor.epoch !== epoch) return",
    to: "      if (cursor.epoch === '') return",
    tests: ["test/unit/core/resume.test.ts"],
  },
  {
    name: "a gap though nothing is missing",
    file: "core/resume.ts",
    from: "if (cursor.seq < oldest - 1) return",
    to: "if (cursor.seq < oldest && oldest > 1) return",
    tests: ["test/unit/core/resume.test.ts"],
  },
  {
    name: "what retention took is not told",
    file: "core/resume.ts",
    from: '      if (cursor.seq < oldest - 1) return { kind: "gap", from: oldest - 1, reason: "expired" };',
    to: '      if (cursor.seq < oldest - 1) return { kind: "replay", from: oldest - 1 };',
    tests: ["test/unit/core/resume.test.ts"],
  },
  {
    name: "sweep not armed again",
    file: "object/deadlines.ts",
    from: "    this.#run(now);\n    this.arm(now);\n  }\n\n  /** Whether the alarm",
    to: "    this.#run(now);\n  }\n\n  /** Whether the alarm",
    tests: ["test/workerd/deadlines.test.ts"],
  },
  {
    name: "a clock put forward is silence",
    file: "core/liveness.ts",
    from: "    if (!this.#isSwept) return false;\n",
    to: "    if (this.#isSwept) return false;\n",
    tests: ["test/unit/core/clock.test.ts"],
  },
  {
    name: "a heartbeat is believed though the clock was put back",
    file: "core/liveness.ts",
    from: "session.disbelieved = heartbeat;",
    to: "session.disbelieved = null;",
    tests: ["test/unit/core/clock.test.ts"],
  },
  {
    name: "an answer before the commit",
    file: "object/publishing.ts",
    from: "  await accepted.committed;\n",
    to: "",
    tests: ["test/unit/core/publish.test.ts"],
  },
  {
    name: "an ack for a duplicate that is still pending",
    file: "core/receive.ts",
    from: "  if (ref !== undefined) channel.publisher.batch.acks.push({ session, ref, receipt });",
    to: '  const early = { ...receipt, cursor: channel.epoch + "-" + receipt.seq };\n  if (ref !== undefined && receipt.duplicate) reply(session, ackFrame(ref, fieldsOf(early)));\n  else if (ref !== undefined) channel.publisher.batch.acks.push({ session, ref, receipt });',
    tests: ["test/unit/core/fan-out.test.ts"],
  },
  {
    name: "the head includes what is pending",
    file: "core/channel.ts",
    from: "    const head = this.#log.open(now);\n    const beginning",
    to: "    const open = this.#log.open(now);\n    const head = { ...open, seq: open.seq + this.publisher.batch.entries.length };\n    const beginning",
    tests: ["test/unit/core/connect.test.ts"],
  },
  {
    name: "an exception in the flush is swallowed",
    file: "object/channel-object.ts",
    from: "      losesConnections(this.ctx.id.toString(), Date.now());\n",
    to: "      return undefined as Result;\n",
    tests: ["test/workerd/reset.test.ts"],
  },
  {
    name: "the end of a token ends nothing",
    file: "core/liveness.ts",
    from: "if (expires !== null && expires <= now) this.#end",
    to: "if (expires !== null && expires + 60_000 <= now) this.#end",
    tests: ["test/unit/core/liveness.test.ts"],
  },
  {
    name: "a log-out leaves connections open",
    file: "core/administration.ts",
    from: "    for (const session of old) this.#channel.end(",
    to: "    for (const session of old.slice(1)) this.#channel.end(",
    tests: ["test/workerd/revoke.test.ts"],
  },
  {
    name: "who may not read is let in",
    file: "transport/websocket.ts",
    from: 'channel.permitted("subscribe", channel.query.text(USER))',
    to: "channel.identityFor(channel.query.text(USER))",
    tests: ["test/workerd/denied.test.ts"],
  },
  {
    name: "one tab that closes takes the others with it",
    file: "core/presence.ts",
    from: "if (member === undefined || this.#sessions.membershipsOf(user) > 0) return;",
    to: "if (member === undefined) return;",
    tests: ["test/unit/core/presence-members.test.ts"],
  },
  {
    name: "no grace",
    file: "core/channel.ts",
    from: "this.#presence.part(user, left ? 0 : grace, now);",
    to: "this.#presence.part(user, 0, now);",
    tests: ["test/unit/core/presence-grace.test.ts"],
  },
  {
    name: "ghosts after a crash",
    file: "core/presence.ts",
    from: "if (member.brokenAt === null && this.#sessions.membershipsOf(member.user) === 0)",
    to: "if (member.brokenAt === 0)",
    tests: ["test/unit/core/presence-crash.test.ts"],
  },
  {
    name: "who is silent stays",
    file: "core/liveness.ts",
    from: "if (death <= now) this.#end",
    to: "if (death + 3_600_000 <= now) this.#end",
    tests: ["test/unit/core/liveness.test.ts"],
  },
  {
    name: "the same id with other data is a duplicate",
    file: "core/publish.ts",
    from: "if (earlier.hash !== hash)",
    to: "if (earlier.hash === -1)",
    tests: ["test/unit/core/publish.test.ts"],
  },
  {
    name: "an array is published in part",
    file: "core/request.ts",
    from: "        batch.truncate(before);\n",
    to: "",
    tests: ["test/unit/core/request.test.ts"],
  },
  {
    name: "echo=0 mutes everybody",
    file: "core/fan-out.ts",
    from: "const frames = batch.muted.has(session) ? framesWithout(session, chunks, epoch) : everything;",
    to: "const frames = batch.muted.size > 0 ? framesWithout([...batch.muted][0] as Session, chunks, epoch) : everything;",
    tests: ["test/unit/core/fan-out.test.ts"],
  },
  {
    name: "what is missing of a followed room is jumped over",
    file: "core/place.ts",
    from: '? "old" : "behind";',
    to: '? "old" : "next";',
    tests: ["test/unit/core/place.test.ts"],
  },
  {
    name: "what a followed room says again is told again",
    file: "core/place.ts",
    from: '? "old" : "behind";',
    to: '? "next" : "behind";',
    tests: ["test/unit/core/place.test.ts"],
  },
];
