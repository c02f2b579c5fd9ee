import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { makeAssets } from "./src/cli/assets.mjs";
import { SETTINGS, VARIABLES } from "./src/config.ts";

// The tests in the runtime read wrangler.toml too, but run nothing that it says must be run before.
await makeAssets();

// A developer's .dev.vars is read too, and must not change what the tests find: empty means the default. An object with a
// timer does not hibernate, so the one of DEPARTURE_DELAY is short there.
const defaults = Object.fromEntries([...Object.keys(SETTINGS), ...Object.keys(VARIABLES)].map((name) => [name, ""]));

// ms. A test that waits says itself how long; this is for what nobody foresaw, on a machine with other things to do.
const patient = { testTimeout: 300_000, hookTimeout: 120_000 };

// One project for each kind of test (see "Tests" in README.md). `npm run vitest -- --project unit` runs one of them.
export default defineConfig({
  test: {
    // Most files of all kinds wait more than they compute: three at a time, also where there are but two cores.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          exclude: ["test/unit/react/**"],
          isolate: false,
          ...patient,
        },
      },
      // Components need a page, whose globals are nobody else's.
      { test: { name: "react", include: ["test/unit/react/**/*.test.ts"], ...patient } },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: { ...defaults, DEPARTURE_DELAY: "20", AUTH_SECRET: "s".repeat(32), API_KEY: "k".repeat(32) },
            },
          }),
        ],
        test: { name: "workerd", include: ["test/workerd/**/*.test.ts"], ...patient },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: "test/e2e/shared-server.ts",
          ...patient,
        },
      },
      {
        // One behaviour suite over every transport, mostly against one `wrangler dev`; within a file the tests wait together.
        test: {
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          globalSetup: "test/conformance/shared-server.ts",
          maxConcurrency: 30,
          ...patient,
        },
      },
      {
        // Pages in a real browser, against the same `wrangler dev`.
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: "test/browser/setup.ts",
          maxConcurrency: 10,
          fileParallelism: false, // a page may kill the service of all
          ...patient,
        },
      },
    ],
  },
});
