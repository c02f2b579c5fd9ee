import type { Channel } from "./channel.ts";

const VERBS = ["INSERT", "UPDATE", "DELETE"];

/** Makes writes to a table fail until it is mended: all, or those of which `condition` is true. */
export async function breakTable(
  channel: Channel,
  table: "log" | "members" | "person" | "places",
  condition?: string,
): Promise<void> {
  const when = condition === undefined ? "" : `WHEN ${condition}`;
  await channel.inside((_, { storage }) => {
    for (const verb of condition === undefined ? VERBS : ["INSERT"])
      storage.sql.exec(
        `CREATE TRIGGER broken_${verb} BEFORE ${verb} ON ${table} ${when} BEGIN SELECT RAISE(ABORT, 'made by a test'); END`,
      );
  });
}

export async function mendTable(channel: Channel): Promise<void> {
  await channel.inside((_, { storage }) => {
    for (const verb of VERBS) storage.sql.exec(`DROP TRIGGER IF EXISTS broken_${verb}`);
  });
}
