/** What a session of the page costs, by the list of prices. */
import { FRAMES_PER_REQUEST, PRICES, PRICES_OF } from "./prices.ts";

/** In dollars, beyond what the plan includes. */
const { objectRequests, rowsRead: rowRead, rowsWritten: rowWritten } = PRICES;

/** Of when they are: `November 2026`. */
export const AS_OF = new Date(PRICES_OF).toLocaleDateString("en", { month: "long", year: "numeric", timeZone: "UTC" });

/** What an object has done, as it counts itself. */
export interface Counted {
  readonly requests: number;
  readonly framesIn: number;
  readonly framesOut: number;
  readonly commits: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

/** Without the time that an object is busy, which nothing in it can measure. */
export function costOf({ requests, framesIn, rowsRead, rowsWritten }: Counted): number {
  const asked = (requests + framesIn / FRAMES_PER_REQUEST) * objectRequests.perMillion;
  return (asked + rowsRead * rowRead.perMillion + rowsWritten * rowWritten.perMillion) / 1_000_000;
}
