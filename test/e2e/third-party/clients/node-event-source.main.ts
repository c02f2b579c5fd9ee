// A program, not a module: `node --experimental-eventsource node-event-source.main.ts <url>` prints a line of JSON for
// each event that it is handed.
interface Handed {
  type: string;
  data?: string;
  lastEventId?: string;
}

const url = process.argv[2];
if (url === undefined) throw new Error("usage: node --experimental-eventsource node-event-source.main.ts <url>");

/**
 * Node 22's comes back by itself when a stream is cut, but gives up for good when it cannot connect at all (undici's pull
 * request 4247; seen with 22.23.3 in November 2026): then its user has to open another, from where the last one was.
 */
const open = (after: string): void => {
  const source = new EventSource(after === "" ? url : `${url}&after=${after}`);
  let cursor = after;
  const print = (event: unknown) => {
    const { type, data, lastEventId } = event as Handed;
    if (lastEventId) cursor = lastEventId;
    console.log(JSON.stringify({ type, data, lastEventId }));
  };
  for (const name of ["welcome", "gap", "message", "error"]) source.addEventListener(name, print);
  const watch = setInterval(() => {
    if (source.readyState !== EventSource.CLOSED) return;
    clearInterval(watch);
    console.error(`gave up at ${cursor}`);
    open(cursor);
  }, 200);
};
open("");
