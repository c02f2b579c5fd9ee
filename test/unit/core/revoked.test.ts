import { expect, test } from "vitest";
import { isRevoked } from "../../../src/core/revoked.ts";

test.each<[issuedAt: number | null, revoked: number | null, verdict: boolean]>([
  [null, null, false],
  [0, null, false],
  [100, null, false],
  [null, 100, true],
  [0, 100, true],
  [99, 100, true],
  [100, 100, true],
  [101, 100, false],
  [0, 0, true],
  [1, 0, false],
])("REVOKE-1 a token made in second %j is refused after a log-out in second %j: %j", (issuedAt, revoked, verdict) => {
  expect(isRevoked(issuedAt, revoked)).toBe(verdict);
});
