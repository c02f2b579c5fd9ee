/**
 * Members as rows: one write when a user joins, one when they leave. Sockets die with the process, rows do not: so
 * after a crash the room still knows who was there, and can tell everyone that they are gone.
 */
import type { Json, JsonObject } from "../protocol/json.ts";
import type { Row, Sql } from "./sql.ts";

export interface StoredMember {
  readonly user: string;
  /** ms */
  readonly since: number;
  /** When the last connection broke without a leave; null while there is one. */
  readonly brokenAt: number | null;
  readonly info: JsonObject | null;
  /** When that was said, ms; null: never, or before this was written down. */
  readonly infoAt: number | null;
  readonly data: Json;
  readonly dataAt: number | null;
}

interface MemberRow extends Row {
  user: string;
  since: number;
  broken_at: number | null;
  info: string | null;
  data: string;
  info_at: number | null;
  data_at: number | null;
}

export class MemberTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** All of them; the tables must exist. */
  load(): StoredMember[] {
    return this.#sql
      .exec<MemberRow>("SELECT user, since, broken_at, info, data, info_at, data_at FROM members")
      .map(({ user, since, broken_at, info, data, info_at, data_at }) => ({
        user,
        since,
        brokenAt: broken_at,
        info: info === null ? null : (JSON.parse(info) as JsonObject),
        infoAt: info_at,
        data: JSON.parse(data) as Json,
        dataAt: data_at,
      }));
  }

  /** When the first of those in their grace lost their connection; null: nobody is in one. */
  firstBroken(): number | null {
    const row = this.#sql.exec<{ at: number | null }>(
      "SELECT broken_at AS at FROM members WHERE broken_at IS NOT NULL ORDER BY broken_at LIMIT 1",
    )[0];
    return row?.at ?? null;
  }

  /** Adds or replaces one. */
  put({ user, since, brokenAt, info, infoAt, data, dataAt }: StoredMember): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO members (user, since, broken_at, info, data, info_at, data_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      user,
      since,
      brokenAt,
      info && JSON.stringify(info),
      JSON.stringify(data),
      infoAt,
      dataAt,
    );
  }

  remove(user: string): void {
    this.#sql.exec("DELETE FROM members WHERE user = ?", user);
  }
}
