import type { Room } from "./room.ts";

const VERBS = ["INSERT", "UPDATE", "DELETE"];

/** Makes writes to a table fail until it is mended: all, or those of which `condition` is true. */
export async function breakTable(room: Room, table: "log" | "members", condition?: string): Promise<void> {
  const when = condition === undefined ? "" : `WHEN ${condition}`;
  await room.inside((_, { storage }) => {
    for (const verb of condition === undefined ? VERBS : ["INSERT"])
      storage.sql.exec(
        `CREATE TRIGGER broken_${verb} BEFORE ${verb} ON ${table} ${when} BEGIN SELECT RAISE(ABORT, 'made by a test'); END`,
      );
  });
}

export async function mendTable(room: Room): Promise<void> {
  await room.inside((_, { storage }) => {
    for (const verb of VERBS) storage.sql.exec(`DROP TRIGGER IF EXISTS broken_${verb}`);
  });
}
