import { expect, test } from "vitest";
import { verdictOf } from "../../support/audit.mjs";

const report = (total: number, vulnerabilities = {}) =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { vulnerabilities: { total } } });

test("nothing known is fine", () => {
  expect(verdictOf(report(0))).toMatchObject({ ok: true, say: expect.not.stringContaining("NOT ASKED") });
});

test("something known fails, and is named", () => {
  const { ok, say } = verdictOf(report(1, { hono: { severity: "high" } }));
  expect([ok, say]).toEqual([false, expect.stringContaining("hono: high")]);
});

test.each([
  ["no network", '{"message":"request to https://registry.test failed","error":{"code":"ENOTFOUND","summary":""}}'],
  ["a registry that knows no audit", '{"statusCode":404,"message":"404 Not Found","error":{"code":"E404"}}'],
  ["nothing", ""],
  ["a proxy's page", "<html>"],
  ["half a report", '{"auditReportVersion":2}'],
])("with %s nobody was asked, which is said and no failure", (_what, output) => {
  expect(verdictOf(output)).toMatchObject({ ok: true, say: expect.stringContaining("NOT ASKED") });
});
