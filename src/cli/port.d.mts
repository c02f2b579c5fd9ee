export function findPort(first: number): Promise<number | null>;
export function isFree(port: number): Promise<boolean>;
