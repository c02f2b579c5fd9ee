export interface ServiceOptions {
  node: string;
  port: number;
  persistTo: string | undefined;
  vars?: Record<string, string>;
  envFile?: string;
  ip?: string;
  verbose: boolean;
}

export interface Supervised {
  healthy(): Promise<boolean>;
  plug(): Promise<number>;
  stop(): Promise<void>;
  show(): void;
  unseen(): string;
}

/** Keeps `wrangler dev` running, and can kill it the hard way and start it again. */
export function supervise(options: ServiceOptions, ended: (code: number) => void): Supervised;
