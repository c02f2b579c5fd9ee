/**
 * What is right and looks wrong: taken, and given back by every transport as JSON has it, and as nothing else. Each is a
 * request's or a frame's fields as text, so that keys may come twice and numbers be of any kind.
 */
import { canonical, oddData } from "../support/odd-data.ts";

export interface ValueCase {
  readonly what: string;
  /** Fields of a publish, as JSON text without the braces. */
  readonly fields: string;
  /** What every reader must see of it, as JSON text of the fields `id`, `event` and `data` that are given. */
  readonly seen: string;
}

const of = (what: string, data: string, seen = canonical(data)): ValueCase => ({
  what,
  fields: `"data":${data}`,
  seen: `{"data":${seen}}`,
});
const named = (what: string, fields: Record<string, unknown>): ValueCase => {
  const text = JSON.stringify({ ...fields, data: 1 });
  return { what, fields: text.slice(1, -1), seen: text };
};
const nested = (levels: number, open = "[", close = "]") => `${open.repeat(levels)}1${close.repeat(levels)}`;

const numbers = [
  "-0",
  "0.0",
  "1E400",
  "-1E400",
  "1e-400",
  "5e-324",
  "9007199254740993",
  "0.1e1",
  `1${"0".repeat(400)}`,
  `0.${"0".repeat(400)}1`,
];
const data: readonly ValueCase[] = [
  ...oddData.map(([what, json]) => of(what, json)),
  ...numbers.map((number) => of(`the number ${number.slice(0, 20)}`, number)),
  of("equal keys, of which the last counts", '{"a":1,"b":2,"a":3}', '{"a":3,"b":2}'),
  of("equal keys, once escaped", '{"a":1,"\\u0061":2}', '{"a":2}'),
  of("__proto__ twice", '{"__proto__":1,"__proto__":{"x":1}}', '{"__proto__":{"x":1}}'),
  of(
    "a __proto__ that would make all admins",
    '{"__proto__":{"admin":true,"kind":"server"},"constructor":{"prototype":{"admin":true}}}',
  ),
  of("toJSON, toString and valueOf", '{"toJSON":1,"toString":"x","valueOf":null}'),
  of("then, as of a promise", '{"then":{"then":1}}'),
  of("64 arrays", nested(64)),
  of("64 objects", nested(64, '{"a":', "}")),
  of("10,000 items", `[${Array(10_000).fill("[]").join(",")}]`),
  of("5,000 keys", `{${Array.from({ length: 5000 }, (_, n) => `"k${n}":0`).join(",")}}`),
  of("exactly 64 KiB", `"${"x".repeat(65_534)}"`),
  of("keys that look like numbers", '{"b":1,"1":2,"0":3}', '{"0":3,"1":2,"b":1}'),
  of("a frame of the service", '{"type":"welcome","cursor":"k3f9x2ab-1"}'),
  of("the end of a stream", '"\\n\\nevent: end\\ndata: {\\"code\\":4403}\\n\\n"'),
  of("every control character", JSON.stringify(Array.from({ length: 32 }, (_, n) => String.fromCharCode(n)).join(""))),
];

const names: readonly ValueCase[] = [
  ...[
    " ",
    "a b",
    '"',
    "\\",
    "\\n",
    "data: 1",
    "id: 1",
    "<script>",
    "' OR 1=1 --",
    "%00",
    "../..",
    "__proto__",
    "x".repeat(64),
  ].map((id) => named(`the id ${id.slice(0, 20)}`, { id })),
  ...[
    "a",
    ".",
    ":",
    "__proto__",
    "constructor",
    "message",
    "end",
    "welcome",
    "error",
    "Edgewire.x",
    "x".repeat(64),
  ].map((event) => named(`the event ${event.slice(0, 20)}`, { event })),
  {
    what: "fields that are the service's to say",
    fields: '"data":1,"seq":99,"at":1,"cursor":"k3f9x2ab-99","meta":1,"kind":"server"',
    seen: '{"data":1}',
  },
  { what: "fields that are not known", fields: '"data":1,"later":{"a":[1]},"":0', seen: '{"data":1}' },
  {
    what: "two ids, of which the last counts",
    fields: '"id":"first","id":"second","data":1',
    seen: '{"id":"second","data":1}',
  },
  {
    what: "an event behind a __proto__",
    fields: '"__proto__":{"event":"forged"},"data":1',
    seen: '{"event":"message","data":1}',
  },
];

export const values = { data, names };
