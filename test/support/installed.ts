import { spawnSync } from "node:child_process";
import { describe } from "vitest";

/** Programs that some tests need and npm does not bring: how to ask whether one is there, and what Debian calls it. */
const programs = {
  curl: { ask: ["curl", "--version"], package: "curl" },
  nginx: { ask: ["nginx", "-v"], package: "nginx-light" },
  chromium: { ask: ["/usr/bin/chromium", "--version"], package: "chromium" },
  "firefox-esr": { ask: ["firefox-esr", "--version"], package: "firefox-esr" },
  python3: { ask: ["python3", "--version"], package: "python3" },
  php: { ask: ["php", "--version"], package: "php-cli" },
  go: { ask: ["go", "version"], package: "golang-go" },
  // `java X.java` compiles, which a mere runtime cannot.
  java: { ask: ["java", "--describe-module", "jdk.compiler"], package: "default-jdk-headless" },
  // Not whatever `python3` is first on the PATH: Debian's packages are only for Debian's own.
  "python3-websockets": { ask: ["/usr/bin/python3", "-c", "import websockets"], package: "python3-websockets" },
} as const;

export type Program = keyof typeof programs;

/** Where Debian puts servers, which is not on everybody's PATH. */
export const pathWithServers = `${process.env.PATH ?? ""}:/usr/sbin`;

/** Null if the program is there, else what to do about it, in a sentence. Where nothing may be skipped, that is thrown. */
export function whyMissing(program: Program): string | null {
  const { ask, package: name } = programs[program];
  const [command, ...args] = ask;
  const { status } = spawnSync(command, args, { env: { ...process.env, PATH: pathWithServers } });
  if (status === 0) return null;
  const sentence = `${program} is not installed: apt-get install ${name}`;
  if (process.env.EDGEWIRE_CI === "1") throw new Error(`${sentence} (.ci/run should have done that)`);
  console.warn(`${sentence}. Tests that need it are skipped.`);
  return sentence;
}

/** `describe`; where the program is missing, a skipped one that says what to install. */
export function describeWith(program: Program, title: string, body: () => void): void {
  const missing = whyMissing(program);
  if (missing === null) describe(title, body);
  else describe.skip(`${title} (${missing})`, body);
}
