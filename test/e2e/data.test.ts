import { expect, it } from "vitest";
import { type Client, channelUrl } from "../support/client.ts";
import { call } from "../support/http.ts";
import { rawElements, rawField } from "../support/raw-json.ts";
import { apiKey, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();

const nested = (depth: number) => `${"[".repeat(depth)}1${"]".repeat(depth)}`;
const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`key ${n}`, { n, ü: [n] }])));

/** JSON texts of data, as a client may write them. Once parsed and serialised they are the same bytes for ever. */
const written: [string, string][] = [
  ["null", "null"],
  ["a boolean", "false"],
  ["zero", "0"],
  ["minus zero", "-0"],
  ["a number with a needless fraction", "1.0"],
  ["a number in exponents", "1e21"],
  ["more digits than a double has", "12345678901234567890.123456789"],
  ["the smallest double", "5e-324"],
  ["an empty string", '""'],
  ["an empty object and array", '[{},[],""]'],
  ["white space", ' { "a" : [ 1 , 2 ] } '],
  ["letters beyond ASCII", '"Grüße, 世界, שלום"'],
  ["letters written as escapes", '"\\u00e9\\u4e16\\/"'],
  ["a surrogate pair, plain", '"👩‍👩‍👧"'],
  ["a surrogate pair, escaped", '"\\ud83d\\ude00"'],
  ["lone surrogates, escaped", '"\\ud800 \\udfff\\ud83d"'],
  ["line and paragraph separators", '"\u2028 \u2029 \\u2028"'],
  ["control characters", '"\\u0000\\u001f\\u007f\\u0080\\r\\n\\t\\b\\f"'],
  ["a byte order mark", '"\ufeff"'],
  ["quotes and backslashes", '"\\\\ \\" \\\\\\""'],
  ["something like the end of a frame", '"]}]},{\\"type\\":\\"ack\\"}"'],
  ["something like SSE", '"\\ndata: x\\n\\nid: 9\\n\\n"'],
  ["HTML", '"</script><!-- <script>"'],
  ["keys of Object.prototype", '{"__proto__":{"a":1},"constructor":1,"hasOwnProperty":2,"toString":null}'],
  ["keys that look like numbers", '{"b":1,"10":2,"a":3,"2":4,"-1":5,"01":6}'],
  ["a key twice", '{"a":1,"a":2}'],
  ["an empty key", '{"":0}'],
  ["much nesting", nested(60)],
  ["a wide object", wide],
];

const canonical = (json: string) => JSON.stringify(JSON.parse(json));
const dataOf = (client: Client, from = 0) =>
  client.frames
    .flatMap(({ text }) => rawElements(text, "messages"))
    .slice(from)
    .map((raw) => rawField(raw, "data"));

it("MSG-1 data is the same bytes live, in a replay and in history, whichever way it came in", async () => {
  const room = uniqueRoom("bytes");
  const alice = await service.join("alice", room);
  const bob = await service.join("bob", room);
  for (const [index, [name, json]] of written.entries()) {
    if (index % 2 === 0) {
      alice.send(`{"type":"publish","ref":"${index}","data":${json}}`);
      await alice.until(({ messages }) => messages.length > index, `the message with ${name}`);
    } else {
      const url = channelUrl(service.origin(), `room:${room}`, "messages");
      const answer = await call("POST", url, { token: apiKey, body: `{"data":${json}}` });
      expect(answer.status, name).toBe(201);
    }
  }
  const expected = written.map(([, json]) => canonical(json));
  const query = { limit: 1000 };
  for (const reader of [alice, bob]) await reader.until(({ messages }) => messages.length === expected.length, "all");
  const late = await service.join("carol", room, { rewind: 1000 });
  await late.until(({ messages }) => messages.length === expected.length, "the replay");
  const page = await service.room("GET", room, "messages", { query });
  await late.request({ type: "history", ...query });
  const framed = late.frames.find(({ frame }) => frame.type === "ack");

  expect(dataOf(alice)).toEqual(expected);
  expect(dataOf(bob)).toEqual(expected);
  expect(dataOf(late).slice(0, expected.length)).toEqual(expected);
  expect(rawElements(page.text, "messages").map((raw) => rawField(raw, "data"))).toEqual(expected);
  expect(rawElements(framed?.text ?? "", "messages").map((raw) => rawField(raw, "data"))).toEqual(expected);
  // More than the promise, and what makes readers comparable: the whole message is the same bytes.
  const live = alice.frames.flatMap(({ text }) => rawElements(text, "messages"));
  expect(rawElements(page.text, "messages")).toEqual(live);
});

it("JSON-1 data in a signal is the same bytes for every reader", async () => {
  const room = uniqueRoom("signal-bytes");
  const alice = await service.joinAs("alice", room);
  const bob = await service.join("bob", room);
  // A key of its own for each, or they would give way to each other.
  for (const [index, [, json]] of written.entries()) {
    alice.send(`{"type":"signal","event":"e","key":"${index}","data":${json}}`);
  }
  const seen = () => bob.frames.flatMap(({ text }) => rawElements(text, "signals")).map((raw) => rawField(raw, "data"));
  await bob.until(() => seen().length === written.length, "all signals");
  expect(seen()).toEqual(written.map(([, json]) => canonical(json)));
});
