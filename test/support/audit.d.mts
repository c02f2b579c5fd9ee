export function verdictOf(output: string): { ok: boolean; say: string };
