import { expect, it } from "vitest";
import { lanAddresses, qrCode } from "../../../src/cli/demo/lan.mjs";

it("finds the addresses that a phone can reach", () => {
  const entry = (address: string, family: "IPv4" | "IPv6", internal: boolean) => ({ address, family, internal });
  const interfaces = {
    lo: [entry("127.0.0.1", "IPv4", true), entry("::1", "IPv6", true)],
    eth0: [entry("192.0.2.7", "IPv4", false), entry("fe80::1", "IPv6", false)],
    gone: undefined,
  };
  expect(lanAddresses(interfaces as never)).toEqual(["192.0.2.7"]);
});

it("draws a QR code that fits into a terminal", async () => {
  const lines = (await qrCode("http://192.168.178.123:8787")).trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.length).toBeLessThan(24);
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
});
