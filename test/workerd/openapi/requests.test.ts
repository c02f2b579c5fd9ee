import { describe, expect, test, vi } from "vitest";
import type { Schema } from "../../../src/api/schema.ts";
import type { DocumentedParameter } from "../../../src/cli/openapi/types.ts";
import { OPERATIONS as RIGHTS } from "../../../src/protocol/operations.ts";
import { env, tokenFor } from "../support/service.ts";
import { type Answered, type Asking, ask, channelFor, prepared } from "./ask.ts";
import { bodyOf, type Described, document, faultsOf, judge, OPERATIONS, parametersOf } from "./described.ts";

Object.assign(env, { LOG_LEVEL: "off" }); // most of this is refused
vi.setConfig({ testTimeout: 20_000 }); // hundreds of requests each

const all = OPERATIONS.map((operation) => [operation.operationId, operation] as const);
/** Not those of an inbox that a room has too: they are the same route. */
const taking = (is: (operation: Described) => boolean) =>
  all.filter(([id, operation]) => !id.includes("Inbox") && is(operation));

/** Whether it was refused because of what it says, not because of what there is. */
const isMalformed = ({ status }: Answered) => status === 400 || status === 413;

/** What the document and the service make of each of `tries`, where they differ; and answers that are not documented. */
async function differences<Try>(
  operation: Described,
  tries: readonly Try[],
  isValid: (each: Try) => boolean,
  asked: (each: Try) => Promise<Answered>,
): Promise<string[]> {
  const found: string[] = [];
  for (const each of tries) {
    const answer = await asked(each);
    if (answer.status >= 500) found.push(`${JSON.stringify(each)}: ${answer.status}`);
    found.push(...judge(operation, answer).faults);
    if (isMalformed(answer) === isValid(each))
      found.push(`${JSON.stringify(each)} is ${isValid(each) ? "valid" : "not valid"}, and answered ${answer.status}`);
  }
  return found;
}

const TEXTS = [
  ...["", "0", "1", "7", "60", "61", "100", "1000", "1001", "-1", "01", "1e3", "1.0", " 1", "9007199254740991"],
  ...["9007199254740992", "asc", "desc", "none", "count", "members", "single", "batch", "x", "a b", ".", "..", "a\n"],
  ...["k3f9x2ab-0", "k3f9x2ab-01", "k3f9x2ab-9007199254740991", "K3F9X2AB-1", "short-1", '{"a":1}', "{", "null"],
  "x".repeat(128),
  "x".repeat(129),
];

/** Whether the document takes `text` for that parameter. */
function takes({ schema, content }: DocumentedParameter, text: string): boolean {
  if (content !== undefined) {
    try {
      return JSON.parse(text) !== undefined;
    } catch {
      return false;
    }
  }
  if (schema?.type !== "integer") return faultsOf(schema ?? {}, text).length === 0;
  return /^(0|[1-9][0-9]*)$/.test(text) && faultsOf(schema, Number(text)).length === 0;
}

describe("HTTP-3 HTTP-7 a parameter takes what the document says, and nothing else", () => {
  test.each(taking((operation) => parametersOf(operation, "query").length > 0))("%s", async (_id, operation) => {
    const channel = channelFor(operation);
    const good = await prepared(operation, channel);
    const found: Record<string, string[]> = {};
    for (const parameter of parametersOf(operation, "query"))
      found[parameter.name] = await differences(
        operation,
        TEXTS,
        (text) => takes(parameter, text),
        (text) => ask(operation, { ...good, query: { ...good.query, [parameter.name]: text } }),
      );
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []])));
  });
});

const VALUES: readonly unknown[] = [
  ...[null, true, 7, -1, "", "x", "ä", "a b", ".", "edgewire.x", "room:lobby", "k3f9x2ab-0", [], {}, [7], ["x"]],
  ...["x".repeat(64), "x".repeat(65), "x".repeat(129)],
];
/** For lists: of ids, and of addresses. */
const LISTS = [1, 100, 101, 500, 501].flatMap((length) => [
  Array.from({ length }, (_, index) => `u${index}`),
  Array.from({ length }, (_, index) => `room:r${index % 3}`),
]);

/** The schema itself, where it is only named. */
function resolved(schema: Schema): Schema {
  if (typeof schema.$ref === "string")
    return document.components.schemas[schema.$ref.split("/").at(-1) ?? ""] as Schema;
  return Array.isArray(schema.oneOf) ? resolved(schema.oneOf[0]) : schema;
}

/** Bodies near the example: without each of its fields, and with others in the place of each. */
function near({ schema, examples }: { schema: Schema; examples: unknown[] }): unknown[] {
  const example = examples[0] as Record<string, unknown>;
  const { properties } = resolved(schema) as { properties: Record<string, Schema> };
  const names = Object.keys(properties);
  const lacking = names.map((name) => ({ ...example, [name]: undefined }));
  const varied = names.flatMap((name) =>
    [...VALUES, ...(properties[name]?.type === "array" ? LISTS : [])].map((value) => ({ ...example, [name]: value })),
  );
  return [...VALUES, example, { ...example, unknown: 1 }, ...lacking, ...varied];
}

describe("HTTP-4 HTTP-7 a body is what the document says, and nothing else", () => {
  test.each(taking((operation) => bodyOf(operation) !== null))("%s", async (_id, operation) => {
    const channel = channelFor(operation);
    // Who may see nothing anywhere is answered without any channel being asked: of 500 that takes a while.
    const good =
      channel === null ? { token: await tokenFor("zoe", { capabilities: {} }) } : await prepared(operation, channel);
    const body = bodyOf(operation);
    if (body === null) throw new Error("unreachable");
    // As it will be sent: without what is undefined.
    const tries = near(body).map((value) => JSON.parse(JSON.stringify(value)));
    const arrays = [1, 100, 101].map((length) => Array(length).fill({ data: 1 }));
    const found = await differences(
      operation,
      [...tries, ...(operation.path.endsWith("/messages") ? arrays : [])],
      (value) => faultsOf(body.schema, value).length === 0,
      (value) => ask(operation, { ...good, body: JSON.stringify(value) }),
    );
    expect(found).toEqual([]);
  });
});

describe("AUTH-5 HTTP-7 it takes the right that the document names", () => {
  const rightOf = ({ description }: Described) => /Needs the right `(\w+)`\.$/.exec(description)?.[1] ?? null;
  const isOwn = ({ description }: Described) => description.endsWith("or with the right `admin`.");
  const allBut = (right: string) => Object.keys(RIGHTS).filter((name) => name !== right && name !== "admin");

  test.each(taking((operation) => rightOf(operation) !== null || isOwn(operation)))("%s", async (_id, operation) => {
    const channel = channelFor(operation);
    if (channel === null) throw new Error("a right is one in a channel");
    const statusWith = async (rights: readonly string[], user = "zoe") => {
      const token = await tokenFor(user, { capabilities: { [channel.address]: rights } });
      const asking: Asking = { id: channel.id, token, ...(operation.method === "DELETE" ? { query: {} } : {}) };
      return (await ask(operation, asking)).status;
    };
    const right = rightOf(operation) ?? "admin";
    expect(await statusWith(allBut(right))).toBe(403);
    expect(await statusWith([right])).not.toBe(403);
    if (isOwn(operation)) expect(await statusWith([], channel.id)).not.toBe(403);
  });
});

describe("HTTP-7 the parameters that are read are those of the document", () => {
  /** Whoever connects is asked for all options of a connection, also for those that mean nothing to their transport. */
  const everywhere = ["acks", "echo"];

  test.each(all)("%s", async (_id, operation) => {
    const channel = channelFor(operation);
    const good = await prepared(operation, channel);
    const read = new Set<string>();
    const { getAll } = URLSearchParams.prototype;
    const spy = vi.spyOn(URLSearchParams.prototype, "getAll").mockImplementation(function (
      this: URLSearchParams,
      name,
    ) {
      read.add(name);
      return getAll.call(this, name);
    });
    await ask(operation, good);
    spy.mockRestore();
    const documented = parametersOf(operation, "query").map(({ name }) => name);
    const isStream = operation.tags.includes("Following") && bodyOf(operation) === null;
    const expected = new Set([...documented, ...(isStream ? everywhere : [])]);
    expect([...read].sort()).toEqual([...expected].sort());
  });
});
