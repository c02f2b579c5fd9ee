export function preflight(): { node: string } | { problem: string };
export function isNewEnough(version: string): boolean;
