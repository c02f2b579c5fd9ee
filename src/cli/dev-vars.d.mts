export function parseDevVars(text: string): Map<string, string>;
export function makeDevVars(path: string): boolean;
export function signingSecret(
  path: string,
  environment?: Record<string, string | undefined>,
): { secret: string } | { problem: string };
