export interface Plug {
  /** With the token behind `#`. */
  readonly url: string;
  close(): void;
}
/** Listens on loopback for whoever may have the service killed and started again. */
export function startPlug(options: {
  isOwnOrigin: (origin: string) => boolean;
  plug: () => Promise<number>;
}): Promise<Plug>;
