/**
 * What somebody may do in one channel, as a set of bits, so that a connection carries its rights in one small number.
 * (SPEC AUTH-5)
 */
export const OPERATIONS = {
  /** Connect and read live; resume with `after`. */
  subscribe: 1,
  /** Read what was said before: `rewind` and the history. */
  history: 2,
  publish: 4,
  signal: 8,
  /** Be a member and see members. */
  presence: 16,
  /** Everything, and close, clear, erase. */
  admin: 32,
} as const;

export type Operation = keyof typeof OPERATIONS;

/** A set of operations: bits of `OPERATIONS`. */
export type Operations = number;

export const NO_OPERATIONS: Operations = 0;
export const ALL_OPERATIONS: Operations = 63;

export function allows(granted: Operations, operation: Operation): boolean {
  return (granted & OPERATIONS[operation]) !== 0;
}

/** The set that `names` stand for; null if one of them is no operation. `admin` and `*` bring everything. */
export function operationsOf(names: readonly unknown[]): Operations | null {
  let set = NO_OPERATIONS;
  for (const name of names) {
    if (name === "*" || name === "admin") set = ALL_OPERATIONS;
    else if (typeof name === "string" && Object.hasOwn(OPERATIONS, name)) set |= OPERATIONS[name as Operation];
    else return null;
  }
  return set;
}

/** Whether `text` can stand as a pattern in capabilities: a full address, a prefix that ends in `*`, or `*`. */
export function matchesPattern(pattern: string, address: string): boolean {
  return pattern.endsWith("*") ? address.startsWith(pattern.slice(0, -1)) : pattern === address;
}
