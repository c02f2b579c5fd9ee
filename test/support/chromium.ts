import { type Browser, chromium } from "playwright-core";

/** Nothing that would talk to the outside, and what a container of root's cannot give. */
const quiet = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Debian's Chromium without a window, with a new profile that is removed at the end. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, chromiumSandbox: false, args: quiet });
}
