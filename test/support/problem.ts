import { expect } from "vitest";
import type { Answer } from "./http.ts";

/** A refusal as the contract has it: status and code, and at most these beside. */
export interface Refusal {
  status: number;
  code: string;
}

const fields = ["code", "detail", "retryable", "status", "title", "type"];

/** Checks that the answer is the expected RFC 9457 problem, complete, uncached, and silent about the inside. */
export function expectProblem(answer: Answer<unknown>, { status, code }: Refusal, secrets: string[] = []): void {
  const body = answer.body as Record<string, unknown>;
  const seen = `${answer.status} ${answer.text.slice(0, 300)}`;
  expect(body, seen).toMatchObject({ status, code });
  expect(answer.status, seen).toBe(status);
  expect(answer.headers.get("content-type"), seen).toMatch(/^application\/problem\+json(;|$)/);
  expect(answer.headers.get("cache-control"), seen).toBe("no-store");
  expect(answer.headers.get("x-content-type-options"), seen).toBe("nosniff");
  expect(Object.keys(body).sort(), seen).toEqual(expect.arrayContaining(fields));
  expect(body.type, seen).toEqual(expect.any(String));
  expect(body.title, seen).toEqual(expect.any(String));
  expect(body.detail, seen).toEqual(expect.any(String));
  expect(body.retryable, seen).toEqual(expect.any(Boolean));
  expect(answer.text, seen).not.toMatch(/\n\s+at |\.ts:\d|\.js:\d/);
  for (const secret of secrets) expect(answer.text).not.toContain(secret);
}
