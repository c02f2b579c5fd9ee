const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether the service is asked by its own machine's name: then it is being developed or tested. */
export function isLoopback({ url }: Pick<Request, "url">): boolean {
  return LOOPBACK.has(new URL(url).hostname);
}
