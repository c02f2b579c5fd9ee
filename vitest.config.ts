import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { makeAssets } from "./src/cli/sdk/assets.mjs";
import { SETTINGS, VARIABLES } from "./src/config.ts";

// The tests in the runtime read wrangler.toml too, but run nothing that it says must be run before.
await makeAssets();

// A developer's .dev.vars is read too, and must not change what the tests find: empty means the default. An object with a
// timer does not hibernate, so the one of DEPARTURE_DELAY is short there.
const defaults = Object.fromEntries([...Object.keys(SETTINGS), ...Object.keys(VARIABLES)].map((name) => [name, ""]));

// One project for each kind of test (see "Tests" in README.md). `npm run vitest -- --project unit` runs one of them.
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: { ...defaults, DEPARTURE_DELAY: "20", AUTH_SECRET: "s".repeat(32), API_KEY: "k".repeat(32) },
            },
          }),
        ],
        test: { name: "workerd", include: ["test/workerd/**/*.test.ts"] },
      },
      {
        // Each file starts its own `wrangler dev`: one at a time, or two cores starve them.
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // One behaviour suite over every transport, mostly against one `wrangler dev`; within a file the tests wait together.
        test: {
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          globalSetup: "test/conformance/shared-server.ts",
          fileParallelism: false,
          maxConcurrency: 30,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Pages in a real browser, against the same `wrangler dev`.
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: "test/browser/setup.ts",
          maxConcurrency: 10,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
