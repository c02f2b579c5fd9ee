/** All that is sent to the service to break it, by surface and group. How each is tried is in `run/`. */
import { frames } from "./frames.ts";
import { handshakes } from "./handshakes.ts";
import { bodies, depths, sizes } from "./http/bodies.ts";
import { fields } from "./http/fields.ts";
import { paths } from "./http/paths.ts";
import { queries } from "./http/queries.ts";
import { sdk } from "./sdk.ts";
import { sockets } from "./sockets.ts";
import { tokens } from "./tokens.ts";
import { values } from "./values.ts";
import { bodies as wireBodies } from "./wire/bodies.ts";
import { heads as wireHeads } from "./wire/heads.ts";

/** Of the service. */
export const SERVICE = {
  http: { bodies, depths, sizes, ...fields, ...queries, ...paths },
  wire: { ...wireBodies, ...wireHeads },
  handshakes,
  frames,
  sockets,
  tokens,
  values,
} as const;

/** And of the SDK, by what a service may do to it. */
export const CATALOGUE = { ...SERVICE, sdk } as const;

type Groups = Readonly<Record<string, readonly { readonly what: string }[]>>;

/** How many cases there are, by surface and group. */
export function counted(): { surface: string; group: string; whats: readonly string[] }[] {
  return Object.entries<Groups>(CATALOGUE).flatMap(([surface, groups]) =>
    Object.entries(groups).map(([group, cases]) => ({ surface, group, whats: cases.map(({ what }) => what) })),
  );
}
