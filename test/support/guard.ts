// A program, not a module: `node guard.ts <program> <arguments…>` as the leader of its own process group. It runs the
// program and kills the whole group, itself included, as soon as its standard input ends. The operating system closes
// that pipe however the owner dies, so a test run that is itself killed leaves no workerd behind.
import { spawn } from "node:child_process";

const [program, ...rest] = process.argv.slice(2);
if (program === undefined) throw new Error("usage: node guard.ts <program> <arguments…>");

const child = spawn(program, rest, { stdio: ["ignore", "inherit", "inherit"] });
child.once("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
child.once("exit", (code) => process.exit(code ?? 1));

process.stdin.once("close", () => process.kill(-process.pid, "SIGKILL"));
process.stdin.resume();
