import { describe } from "vitest";

// Whatever can happen to the page, all at once: each of them mostly waits.
await describe.concurrent("faults", async () => {
  await import("./demo/kills.ts");
  await import("./demo/away.ts");
  await import("./demo/disturb.ts");
  await import("./demo/firefox.ts");
});
