import { spawn } from "node:child_process";

export interface Ended {
  /** Null: it took too long. */
  readonly code: number | null;
  readonly output: string;
}

/** Runs Node with `args`, and ends it when it takes longer than `timeout` ms: what hangs is noticed, too. */
export function runNode(
  args: readonly string[],
  { timeout, ...where }: { timeout: number; cwd?: string; env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { ...where, timeout, killSignal: "SIGKILL" });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk) => {
        output += chunk;
      });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}
