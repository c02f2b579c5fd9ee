// `npm run types`: the compiler over each of the programs (Worker, page, Node tests and CLI, tests of pages, tests in the runtime).
import { runSteps, TYPES } from "./check.mjs";

process.exitCode = (await runSteps(TYPES)) ? 0 : 1;
