import type { Failure } from "../protocol/codes.ts";
import type { Outcome } from "./rpc.ts";

export function done<Value>(value: Value): Outcome<Value> {
  return { ok: true, value };
}

export function failed(failure: Failure | null): Outcome<null> {
  return failure === null ? { ok: true, value: null } : { ok: false, failure };
}
