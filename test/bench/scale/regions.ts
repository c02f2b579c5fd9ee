/**
 * How far apart the regions are that an object may be hinted to, and who lives where.
 *
 * Round trips between AWS regions as cloudping.co measured them, both directions averaged, ms: a matrix of 21 regions, of no
 * date, as a simulator keeps it (github.com/libp2p/jvm-libp2p, tools/simulator, AwsLatencies.kt at 267a4d4). Held against
 * the two rows of cloudping.co itself in a stored copy, read 2026-11-22 (from Cape Town and from Hong Kong): within 10 % for
 * these regions, but Cape Town is now 295 from Sydney and 250 from Bahrain. How fast Cloudflare's own network is, is not
 * known here.
 * wnam California, enam Virginia, sam São Paulo, weur Frankfurt, eeur Stockholm, apac Singapore, oc Sydney, afr Cape Town,
 * me Bahrain.
 */
export const REGIONS = ["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"] as const;
export type Region = (typeof REGIONS)[number];

const ROUND_TRIPS: Readonly<Record<Region, readonly number[]>> = {
  wnam: [3, 62, 172, 151, 174, 172, 138, 291, 220],
  enam: [62, 4, 114, 92, 112, 212, 198, 232, 160],
  sam: [172, 114, 1, 204, 215, 322, 312, 342, 272],
  weur: [151, 92, 204, 2, 22, 158, 249, 160, 86],
  eeur: [174, 112, 215, 22, 2, 178, 294, 178, 105],
  apac: [172, 212, 322, 158, 178, 4, 93, 203, 86],
  oc: [138, 198, 312, 249, 294, 93, 1, 412, 178],
  afr: [291, 232, 342, 160, 178, 203, 412, 3, 145],
  me: [220, 160, 272, 86, 105, 86, 178, 145, 1],
};

/** Assumed: between two places of one region (a client's edge and the data centre of an object), round trip, ms. */
const WITHIN_A_REGION = 20;

/** ms, there and back. */
export function roundTrip(from: Region, to: Region): number {
  return Math.max(WITHIN_A_REGION, ROUND_TRIPS[from][REGIONS.indexOf(to)] ?? 0);
}

/**
 * Where objects do not live: one that is hinted there is made nearby.
 * https://developers.cloudflare.com/durable-objects/reference/data-location/ (note 2), read 2026-11-22
 */
const WITHOUT_OBJECTS: readonly Region[] = ["sam", "afr", "me"];

/** Where an object with that hint is made. The page names South America's only; the others: the nearest by the table. */
export function siteOf(hint: Region): Region {
  if (!WITHOUT_OBJECTS.includes(hint)) return hint;
  const sites = REGIONS.filter((region) => !WITHOUT_OBJECTS.includes(region));
  return sites.reduce((best, region) => (roundTrip(hint, region) < roundTrip(hint, best) ? region : best));
}

/** Assumed: where the listeners of a worldwide broadcast are. */
export const WORLD: Readonly<Record<Region, number>> = {
  wnam: 0.12,
  enam: 0.2,
  sam: 0.1,
  weur: 0.2,
  eeur: 0.1,
  apac: 0.2,
  oc: 0.03,
  afr: 0.02,
  me: 0.03,
};
