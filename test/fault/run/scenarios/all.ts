import { clock } from "./clock.ts";
import { followed } from "./followed.ts";
import { deploy, kill, recovery, stop } from "./kill.ts";
import { mixed } from "./mixed.ts";
import { cut, delay, end, halfOpen, reset, stall, trickle } from "./network.ts";
import { alarms, objectReset, relayReset } from "./objects.ts";
import { outbox } from "./outbox.ts";
import { positions } from "./positions/positions.ts";
import type { Scenario } from "./scenario.ts";
import { slow } from "./slow.ts";
import { storm } from "./storm.ts";
import { tokens } from "./tokens.ts";
import { transports } from "./transports.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...[kill, recovery, deploy, stop],
  ...[reset, end, cut, halfOpen, stall, trickle, delay, transports],
  ...[objectReset, relayReset, alarms, clock, tokens, slow, storm, outbox, positions, followed, mixed],
];
