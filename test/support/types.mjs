// `npm run types`: the compiler over each of the three programs (Worker, Node tests and CLI, tests in the runtime).
import { runSteps, TYPES } from "./check.mjs";

process.exitCode = (await runSteps(TYPES)) ? 0 : 1;
