/** One run from one seed: the real service on a simulated machine, clients, faults, then quiet; the checker decides. */
import { check, type Verdict } from "../checker/check.ts";
import { Client } from "../clients/client.ts";
import { Publisher } from "../clients/publisher.ts";
import { SharedNetwork } from "../clients/shared-network.ts";
import type { HistoryEvent } from "../history.ts";
import { Random } from "../random.ts";
import { MemorySink, Recorder } from "../recorder.ts";
import { API_KEY, AUTH_SECRET, type Rights, Tokens } from "../tokens.ts";
import { Faults } from "./faults.ts";
import { Machine } from "./machine.ts";
import { SimulatedNetwork } from "./network.ts";
import { Actor, TurnsInCircles } from "./timeline.ts";
import { type Scenario, scenarioOf } from "./weather.ts";
import { enter, loadWorker, newTimeline } from "./worker.ts";

export interface Run {
  readonly seed: number;
  readonly verdict: Verdict;
  readonly history: readonly HistoryEvent[];
  readonly scenario: Scenario;
  /** What went wrong in the service and should not have; or that it does not work any more. */
  readonly errors: readonly string[];
  /** Events of the simulation. */
  readonly steps: number;
}

const LOBBY = "room:lobby";
const VAULT = "room:vault";
const INBOX = "user:ann";
const ALL = ["subscribe", "history", "publish", "signal", "presence"];

const RIGHTS: Rights = {
  ann: { [LOBBY]: ALL, [VAULT]: ALL },
  bob: { [LOBBY]: ALL, [INBOX]: ["publish"] },
  cat: { [LOBBY]: ALL },
  dan: { [LOBBY]: ["subscribe", "publish"] },
  eve: { [VAULT]: ALL },
};

/** Who follows what: name, user, channel, member, watches. */
const CAST: readonly (readonly [string, string, string, boolean, boolean])[] = [
  ["ann-1", "ann", LOBBY, true, true],
  ["ann-2", "ann", LOBBY, true, false],
  ["bob-1", "bob", LOBBY, true, true],
  ["cat-1", "cat", LOBBY, true, false],
  ["dan-1", "dan", LOBBY, false, false],
  ["eve-1", "eve", VAULT, true, true],
  ["ann-i", "ann", INBOX, true, false],
];

/** The same over one socket, of a user in both rooms. */
const SHARED: typeof CAST = [
  ["ann-l", "ann", LOBBY, true, true],
  ["ann-v", "ann", VAULT, true, true],
];
/** Of runs: it takes them longer. */
const WITH_SHARED = 0.5;

/** ms until everything that was broken must be whole again. */
const HEALS_WITHIN = 9000;

export async function simulate(seed: number): Promise<Run> {
  const worker = await loadWorker();
  const random = new Random(seed);
  const scenario = scenarioOf(random);
  const timeline = newTimeline();
  const start = timeline.now;
  const errors: string[] = [];
  const latency = () => random.between(0.2, 3);
  let machine: Machine | null = null;
  enter({
    timeline,
    random,
    clock: () => machine?.clock ?? Math.floor(timeline.now),
    link: () => ({ latency, stalledUntil: 0, isBlack: false }),
    log: (line) => {
      if (!line.startsWith("{")) return; // Node's own
      if (!/^\{"event":"(refused|closed|object_failed)"/.test(line) && !line.includes("DiskFailure")) errors.push(line);
    },
  });
  const variables = { ...scenario.variables, AUTH_SECRET, API_KEY };
  machine = new Machine(worker, timeline, random, variables, `run ${seed}`, { ...scenario.machine });
  machine.tellsUnsent = scenario.tellsUnsent;
  timeline.onStepEnd = machine.stepEnded;
  timeline.onError = (error) => machine.failed(error, timeline.current.name);
  const network = new SimulatedNetwork(machine, timeline, random, { ...scenario.network });
  const sink = new MemorySink();
  const recorder = new Recorder("driver", sink, () => timeline.now);
  const { config, slack } = scenario;
  recorder.note({
    type: "run",
    retention: { messages: config.RETAIN_MESSAGES, age: config.RETAIN_AGE, bytes: config.RETAIN_BYTES },
    slack,
    grace: config.PRESENCE_GRACE,
    timeout: config.HEARTBEAT_TIMEOUT,
    sweep: config.PRESENCE_SWEEP + scenario.machine.latestAlarm,
    patience: 6000 + slack,
  });
  const tokens = new Tokens(RIGHTS, recorder, { isTimed: !scenario.faults.includes("clock") });
  const canaries = new Map([LOBBY, VAULT, INBOX].map((channel) => [channel, `canary-${random.text(12)}`]));
  for (const [channel, text] of canaries) recorder.note({ type: "canary", channel, text });

  const isExpiring = scenario.faults.includes("expire");
  // Tokens that outlive an hour's jump: else all connections end with them.
  const tokenLife = scenario.faults.includes("clock") ? 12 * 3600 : 3600;
  const shared = { network, time: timeline, random, tokens, transports: scenario.transports };
  const join = ([name, user, channel, member, presence]: (typeof CAST)[number], more: object = {}) =>
    new Client({
      ...{ ...shared, name, user, channel, member, presence, actor: new Actor(name), recorder: recorder.for(name) },
      tokenLife: () => (isExpiring && random.chance(0.5) ? 2 + random.below(6) : tokenLife),
      ...more,
    });
  const socket = new SharedNetwork(network, "ann", new Actor("ann"));
  const sharing = scenario.transports.includes("ws") && random.chance(WITH_SHARED) ? SHARED : [];
  const clients = [...CAST.map((each) => join(each)), ...sharing.map((each) => join(each, { network: socket }))];
  const writer = new Client({
    ...{ ...shared, name: "bob-i", user: "bob", channel: INBOX, member: false, presence: false },
    ...{ actor: new Actor("bob-i"), recorder: recorder.for("bob-i"), tokenLife: () => tokenLife },
  });
  const publishers = [...clients.filter(({ parts }) => parts.channel !== INBOX), writer].map(
    (client) => new Publisher(client, scenario.habits, canaries.get(client.parts.channel) ?? ""),
  );
  for (const client of clients) client.start();
  const faults = new Faults({ machine, network, timeline, random, recorder, scenario, clients });
  faults.begin();
  const traffic = new Actor("traffic");
  const publish = () => {
    random.pick(publishers).act();
    timeline.after(random.between(0, (2 * scenario.length) / scenario.messages), traffic, publish);
  };
  timeline.after(0, traffic, publish);
  const chat = () => {
    const { line, parts } = random.pick(clients);
    const text = canaries.get(parts.channel);
    const signal = {
      type: "signal",
      event: "typing",
      data: { text },
      ...(random.chance(0.5) ? { key: "cursor" } : {}),
    };
    const about = { type: "presence", data: random.chance(0.2) ? null : { text, mood: random.below(3) } };
    line?.send?.(JSON.stringify(random.chance(0.5) ? signal : about));
    timeline.after(random.between(0, (4 * scenario.length) / scenario.messages), traffic, chat);
  };
  if (scenario.chats) timeline.after(0, traffic, chat);

  const isOver = () => machine.errors.length + errors.length > 0;
  try {
    await timeline.run(start + scenario.length, isOver);
    traffic.isAlive = false;
    faults.heal();
    await timeline.run(timeline.now + HEALS_WITHIN, isOver);
    if (!isOver()) await faults.lookAtTheEnd([LOBBY, VAULT, INBOX], isOver);
  } catch (error) {
    if (!(error instanceof TurnsInCircles)) throw error;
    errors.push(error.message);
  }
  machine.release();
  errors.push(...machine.errors, ...faults.problems);
  const history = sink.events;
  return { seed, verdict: check(history), history, scenario, errors, steps: timeline.steps };
}
