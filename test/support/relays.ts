/** Variables of a service in which relays hold every connection to a room, a user's in one region and the others' in others. */
export const OVER_RELAYS: Readonly<Record<string, string>> = { RELAY_ABOVE: "0", RELAY_REGIONS: "by user" };

/** What test servers are started with beside all else: `EDGEWIRE_RELAYS=1 npm run vitest -- --project conformance`. */
export const relayVariables: Readonly<Record<string, string>> = process.env.EDGEWIRE_RELAYS === "1" ? OVER_RELAYS : {};
