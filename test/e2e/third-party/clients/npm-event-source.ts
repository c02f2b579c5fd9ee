import { EventSource } from "eventsource";
import { type HandedEvent, Inbox } from "../../../support/inbox.ts";
import type { Following, ForeignClient, Way } from "./client.ts";

/** npm's `eventsource` as it is: it comes back by itself, to the same URL. */
export const npmEventSource: ForeignClient = {
  name: "npm's eventsource, bare, with a ticket",
  start: ({ origin, path, ticket }) => follow(new EventSource(`${origin}${path}/events?ticket=${ticket}`)),
};

/** The same with the token in a header, as its `fetch` option allows. */
export const npmEventSourceByHeader: ForeignClient = {
  name: "npm's eventsource with a header by its fetch option",
  start: ({ origin, path, token }: Way) => {
    const source = new EventSource(`${origin}${path}/events`, {
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } } as RequestInit),
    });
    return follow(source);
  },
};

function follow(source: EventSource): Following {
  const inbox = new Inbox();
  const take = (event: Event) => inbox.takeEvent(event as unknown as HandedEvent);
  for (const type of ["welcome", "gap", "message"]) source.addEventListener(type, take);
  source.addEventListener("error", () => {
    inbox.cuts++;
  });
  return { inbox, stop: () => source.close() };
}
