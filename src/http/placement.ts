/** Where the platform should make an object of which nobody has heard before: near whom it is about. */
import type { Env } from "../env.ts";
import { isRegion, REGIONS, type Region } from "../protocol/relay.ts";
import { ranked } from "../transport/rendezvous.ts";
import { isLoopback } from "./loopback.ts";

/** By Cloudflare's code of a continent. */
const CONTINENTS = new Map<string, (longitude: number) => DurableObjectLocationHint>([
  ["NA", (longitude) => (longitude < -100 ? "wnam" : "enam")],
  ["SA", () => "sam"],
  ["EU", (longitude) => (longitude > 20 ? "eeur" : "weur")],
  ["AS", (longitude) => (longitude < 60 ? "me" : "apac")],
  ["OC", () => "oc"],
  ["AF", () => "afr"],
]);

/** Undefined where the platform does not say from where a request comes. */
export function locationHint({ cf }: Request): DurableObjectLocationHint | undefined {
  const { continent, longitude } = (cf ?? {}) as { continent?: string; longitude?: string };
  return CONTINENTS.get(continent ?? "")?.(Number(longitude ?? 0));
}

/** Of whoever comes from nowhere. */
const USUAL: Region = "weur";

/** The region of the relay that is to hold a connection. */
export function regionOf(request: Request, { RELAY_REGIONS }: Pick<Env, "RELAY_REGIONS">, user: string): Region {
  // Where the service runs on the client's own machine all come from the same place.
  if (RELAY_REGIONS && isLoopback(request)) return ranked(user, REGIONS)[0] as Region;
  const hint = locationHint(request);
  return hint !== undefined && isRegion(hint) ? hint : USUAL;
}
