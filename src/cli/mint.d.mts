export const MAX_TTL: number;
export const DEFAULT_TTL: number;
export function mint(options: {
  secret: string;
  user: string;
  capabilities: Record<string, readonly string[]>;
  info?: object | undefined;
  ttl?: number | undefined;
  now?: number | undefined;
}): string;
