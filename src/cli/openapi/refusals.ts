/** How a route refuses: the codes that come with what it takes, and those that the table says beside. */
import type { Parameter } from "../../api/parameters.ts";
import type { Right, Route } from "../../api/route.ts";
import { CODES, type Code } from "../../protocol/codes.ts";

const OF_RIGHT: Readonly<Record<"admitted" | "known" | "permitted", readonly Code[]>> = {
  admitted: ["too_large", "rate_limited", "internal", "not_configured"],
  known: ["unauthenticated", "overloaded"],
  permitted: ["forbidden"],
};

const OF_BODY: readonly Code[] = ["bad_json", "bad_request", "unsupported_media_type"];

const OF_PARAMETER: Readonly<Partial<Record<Parameter["type"], Code>>> = {
  cursor: "bad_cursor",
  id: "bad_id",
  json: "bad_json",
};

/** By status, ascending; of each status in the order of the table of codes. */
export function refusalsOf(route: Route, path: string): Map<number, Code[]> {
  const found = new Set<Code>([
    ...ofRight(route.right),
    ...ofPath(path),
    ...(route.parameters ?? []).flatMap((parameter) => ofParameter(parameter)),
    ...(route.body === undefined ? [] : OF_BODY),
    ...(route.refusals ?? []),
  ]);
  const known = (Object.keys(CODES) as Code[]).filter((code) => found.has(code));
  return Map.groupBy(known, (code) => CODES[code].status);
}

function ofRight(right: Right): readonly Code[] {
  if (right === "free") return [];
  if (right === "nothing") return OF_RIGHT.admitted;
  const { admitted, known, permitted } = OF_RIGHT;
  return right === "each" ? [...admitted, ...known] : [...admitted, ...known, ...permitted];
}

function ofPath(path: string): readonly Code[] {
  if (!path.includes(":id")) return [];
  // A guest has no inbox.
  return path.startsWith("/v1/users/") ? ["bad_id", "not_found"] : ["bad_id"];
}

function ofParameter(parameter: Parameter): Code[] {
  const code = OF_PARAMETER[parameter.type];
  if (code === undefined) return ["bad_request"];
  return "isHeader" in parameter ? [code] : [code, "bad_request"]; // in a query it may be given twice
}
