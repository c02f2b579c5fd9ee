/**
 * The load generator: a process of its own, on a core of its own. Gets one job over the IPC channel, answers, ends. Some
 * jobs pause in between, until the bench has done its part (looked at the server's memory, put an object to sleep).
 */
import { runConnects } from "./connect-run.ts";
import { runCrowd } from "./crowd-run.ts";
import { runHold } from "./hold-run.ts";
import { runHttp } from "./http-run.ts";
import type { GeneratorMessage, Job, Results } from "./job.ts";
import { runListen } from "./listen-run.ts";
import { runLoad } from "./load-run.ts";
import { runMany } from "./many-run.ts";
import { runResumes } from "./resume-run.ts";
import { runWakes } from "./wake-run.ts";

let goOn: () => void = () => {};
let pauses = 0;

function say(message: GeneratorMessage, then: () => void = () => {}): void {
  process.send?.(message, then);
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    goOn = resolve;
    say({ pause: pauses++ });
  });
}

function run(job: Job): Promise<Results[Job["kind"]]> {
  switch (job.kind) {
    case "load":
      return runLoad(job, pause);
    case "connect":
      return runConnects(job);
    case "crowd":
      return runCrowd(job, pause);
    case "hold":
      return runHold(job, pause);
    case "http":
      return runHttp(job, pause);
    case "listen":
      return runListen(job, pause);
    case "many":
      return runMany(job, pause);
    case "resume":
      return runResumes(job);
    case "wake":
      return runWakes(job, pause);
    default:
      return job satisfies never;
  }
}

const end = () => process.exit(0);
process.once("message", (job: Job) => {
  process.on("message", () => goOn());
  run(job).then(
    (result) => say({ result }, end),
    (error: unknown) => say({ error: error instanceof Error ? error.message : String(error) }, end),
  );
});
// The bench is gone: nobody waits for the answer.
process.once("disconnect", () => process.exit(1));
