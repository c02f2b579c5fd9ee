import { deploy, kill, recovery, stop } from "./kill.ts";
import type { Scenario } from "./scenario.ts";

export const SCENARIOS: readonly Scenario[] = [kill, recovery, deploy, stop];
