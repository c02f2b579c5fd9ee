/** Where the platform should make an object of which nobody has heard before: near whom it is about. */

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
