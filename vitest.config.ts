import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { makeAssets } from "./src/cli/sdk/assets.mjs";

// The tests in the runtime read wrangler.toml too, but run nothing that it says must be run before.
await makeAssets();

// One project for each kind of test (see "Tests" in README.md). `npm run vitest -- --project unit` runs one of them.
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: { AUTH_SECRET: "s".repeat(32), API_KEY: "k".repeat(32) } },
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
    ],
  },
});
