import { describe, expect, test } from "vitest";
import { type Client, connect, type Frame, handshake } from "./support/client.ts";
import { type Answer, Room } from "./support/room.ts";
import { env, tokenFor, worker } from "./support/service.ts";
import { requestStream } from "./support/stream.ts";

const KiB = 1024;
/** JSON of exactly so many bytes: a text of one-, two-, three- and four-byte characters. */
const jsonOf = (bytes: number) => {
  const text = "é€𝄞";
  return text + "x".repeat(bytes - 2 - 9);
};
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;
const nested = (levels: number): unknown => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);

/** Everywhere that a value of that name may be sent; each resolves with a code, or `ok`. */
type Way = readonly [name: string, send: (value: unknown) => Promise<string>];

const codeOf = ({ type, code }: Frame) => (type === "error" ? code : "ok");
const codeIn = ({ status, body }: Answer) => (status < 300 ? "ok" : body.code);

async function frameTo(type: string, more: object, value: unknown): Promise<string> {
  const bob = await connect(new Room("sizes"), { user: "bob" });
  const code = codeOf(await bob.request({ type, ...more, data: value }));
  await bob.drained();
  return code;
}

const post = async (endpoint: string, body: unknown) =>
  codeIn(await new Room("sizes").call("POST", endpoint, { body }));

const MESSAGES: Way[] = [
  ["publish", (data) => frameTo("publish", { event: "e" }, data)],
  ["signal", (data) => frameTo("signal", { event: "e" }, data)],
  ["POST messages", (data) => post("messages", { data })],
  ["POST messages with an array", (data) => post("messages", [{ data: 1 }, { data }])],
  ["POST signals", (data) => post("signals", { event: "e", data })],
  [
    "POST /v1/messages",
    async (data) => {
      const address = `room:${new Room("sizes").id}`;
      const answer = await worker.fetch("https://edge.test/v1/messages", {
        method: "POST",
        headers: { authorization: `Bearer ${env.API_KEY}`, "content-type": "application/json" },
        body: JSON.stringify({ channels: [address], data }),
      });
      // biome-ignore lint/suspicious/noExplicitAny: a problem or results
      const body = (await answer.json()) as any;
      return body.code ?? body.results[address].code ?? "ok";
    },
  ],
];
const MEMBER_DATA: Way[] = [
  ["presence", (data) => frameTo("presence", {}, data)],
  [
    "connect?data=",
    async (data) => {
      const answer = await handshake(new Room("sizes"), { user: "bob", query: { data: JSON.stringify(data) } });
      if (answer.webSocket === null) return ((await answer.json()) as { code: string }).code;
      answer.webSocket.accept();
      return "ok";
    },
  ],
  [
    "poll?data=",
    async (data) =>
      codeIn(await new Room("sizes").call("GET", "poll", { query: { data: JSON.stringify(data), timeout: 0 } })),
  ],
  [
    "events?data=",
    async (data) => {
      const answer = await requestStream(new Room("sizes"), { query: { data: JSON.stringify(data) } });
      if (answer.status !== 200) return ((await answer.json()) as { code: string }).code;
      await answer.body?.cancel();
      return "ok";
    },
  ],
  [
    "PUT presence",
    async (data) => {
      const room = new Room("sizes");
      const { connection } = (await connect(room, { user: "bob" })).welcome;
      return codeIn(await room.call("PUT", "presence", { query: { connection, user: "bob" }, body: { data } }));
    },
  ],
];

describe.each(MESSAGES)("the data of %s", (_name, send) => {
  test("MSG-6 JSON-2: has 64 KiB and 64 levels at most", async () => {
    expect(bytesOf(jsonOf(64 * KiB))).toBe(64 * KiB);
    expect(await send(jsonOf(64 * KiB))).toBe("ok");
    expect(await send(jsonOf(64 * KiB + 1))).toBe("too_large");
    expect(await send(nested(64))).toBe("ok");
    expect(await send(nested(65))).toBe("bad_json");
    expect(await send({ a: [{ b: nested(62) }] })).toBe("bad_json");
  });
});

describe.each(MEMBER_DATA)("the data of %s", (_name, send) => {
  test("PRESENCE-10 JSON-2: has 1 KiB and 64 levels at most", async () => {
    expect(await send(jsonOf(KiB))).toBe("ok");
    expect(await send(jsonOf(KiB + 1))).toBe("too_large");
    expect(await send("x".repeat(64 * KiB))).toBe("too_large");
    expect(await send(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`k${n}`, n])))).toBe("too_large");
    expect(await send(nested(64))).toBe("ok");
    expect(await send(nested(65))).toBe("bad_json");
  });
});

describe("a frame", () => {
  const LIMIT = 128 * KiB;
  /** A publish of exactly so many bytes, most of which are a field that nobody knows. */
  const frameOf = (bytes: number, filler: string) => {
    const start = '{"type":"publish","event":"e","data":1,"ref":"r","pad":"';
    const room = bytes - start.length - 2;
    const size = new TextEncoder().encode(filler).length;
    return `${start}${filler.repeat(Math.floor(room / size))}${"x".repeat(room % size)}"}`;
  };
  const send = async (frame: string | ArrayBuffer): Promise<Client> => {
    const bob = await connect(new Room("frames"), { user: "bob" });
    bob.send(frame);
    return bob;
  };

  test.each(["x", "é", "€", "𝄞"])(
    "FRAME-4: of 128 KiB is taken, one byte more closes 1009 (made of %s)",
    async (filler) => {
      const fits = await send(frameOf(LIMIT, filler));
      expect(await fits.until(() => fits.answers()[0], "the ack")).toMatchObject({ type: "ack", ref: "r" });
      const tooLarge = await send(frameOf(LIMIT + 1, filler));
      expect(await tooLarge.ended()).toEqual({ code: 1009, reason: "too_large" });
    },
  );

  test("FRAME-4: above the limit closes 1009, whatever it is made of", async () => {
    for (const frame of [
      "x".repeat(LIMIT + 1),
      " ".repeat(LIMIT + 1),
      new ArrayBuffer(LIMIT + 1),
      new ArrayBuffer(4 << 20),
    ])
      expect(await (await send(frame)).ended()).toEqual({ code: 1009, reason: "too_large" });
  });
});

describe("a body", () => {
  const LIMIT = 1024 * KiB;
  const bodyOf = (bytes: number) => `{"data":1,"pad":"${"x".repeat(bytes - 19)}"}`;
  const send = (body: BodyInit, endpoint = "messages", method = "POST") =>
    worker.fetch(new Room("bodies").url(endpoint, { connection: "x" }), {
      method,
      headers: { authorization: `Bearer ${env.API_KEY}`, "content-type": "application/json" },
      body,
    });

  test("HTTP-4: of 1 MiB is taken, one byte more is 413, with and without a Content-Length", async () => {
    expect((await send(bodyOf(LIMIT))).status).toBe(201);
    expect((await send(bodyOf(LIMIT + 1))).status).toBe(413);
    const streamed = (bytes: number) => new Blob([bodyOf(bytes)]).stream();
    expect((await send(streamed(LIMIT))).status).toBe(201);
    expect((await send(streamed(LIMIT + 1))).status).toBe(413);
  });

  test("HTTP-4: without an end is cut off at the limit, not read on", async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 64 * KiB;
        controller.enqueue(new TextEncoder().encode(" ".repeat(64 * KiB)));
      },
    });
    expect((await send(endless)).status).toBe(413);
    expect(pulled).toBeLessThan(4 * LIMIT);
  });

  test.each([
    ["POST", "signals"],
    ["PUT", "presence"],
  ])("HTTP-4: has that limit for %s %s too", async (method, endpoint) => {
    expect((await send(bodyOf(LIMIT + 1), endpoint, method)).status).toBe(413);
  });
});

describe("a token", () => {
  const tokenOf = async (length: number) => {
    const shortest = await tokenFor("bob", { pad: "" });
    const claims = Math.floor(((length - shortest.length) * 3) / 4);
    // base64url grows in steps: near enough is exact here, because the length is asked for in multiples of 4.
    for (let pad = claims - 3; pad <= claims + 3; pad++) {
      const token = await tokenFor("bob", { pad: "x".repeat(pad) });
      if (token.length === length) return token;
    }
    throw new Error(`no token of ${length}`);
  };

  test("AUTH-4: of 8 KiB is good in a header and in a frame, a longer one is 401 and `unauthenticated`", async () => {
    const room = new Room("tokens");
    const lengths = [8192, 8191, 8190, 8193, 8194, 8195];
    const tokens = await Promise.all(lengths.map((length) => tokenOf(length).catch(() => null)));
    const [fits, tooLong] = [tokens.slice(0, 3).find(Boolean), tokens.slice(3).find(Boolean)] as [string, string];
    expect((await room.call("GET", "messages", { token: fits })).status).toBe(200);
    expect((await room.call("GET", "messages", { token: tooLong })).status).toBe(401);
    const bob = await connect(room, { token: fits });
    expect(await bob.request({ type: "auth", token: fits })).toMatchObject({ type: "ack" });
    expect(await bob.request({ type: "auth", token: tooLong })).toMatchObject({ code: "unauthenticated" });
  });

  test("AUTH-3: shows an info of 1 KiB, and is bad with a larger one", async () => {
    const room = new Room("info");
    const info = (bytes: number) => ({ info: { n: "x".repeat(bytes - 8) } });
    expect((await room.call("GET", "messages", { token: await tokenFor("bob", info(KiB)) })).status).toBe(200);
    expect((await room.call("GET", "messages", { token: await tokenFor("bob", info(KiB + 1)) })).status).toBe(401);
  });
});

describe("a URL", () => {
  const at = (path: string, length: number) => {
    const start = `https://edge.test${path}?pad=`;
    return start + "x".repeat(length - start.length);
  };
  test.each([
    ["GET", "/v1/rooms/lobby/messages"],
    ["GET", "/v1/rooms/lobby/presence"],
    ["GET", "/v1/rooms/lobby/connect"],
    ["DELETE", "/v1/rooms/lobby/connections"],
    ["POST", "/v1/guests"],
  ])("HTTP-1: %s %s has 8 KiB at most", async (method, path) => {
    const ask = (length: number) =>
      worker.fetch(at(path, length), {
        method,
        headers: {
          authorization: `Bearer ${env.API_KEY}`,
          ...(path.endsWith("connect") ? { upgrade: "websocket" } : {}),
        },
      });
    const fits = await ask(8 * KiB);
    fits.webSocket?.accept();
    expect(fits.status).not.toBe(413);
    const tooLong = await ask(8 * KiB + 1);
    expect({ status: tooLong.status, body: await tooLong.json() }).toMatchObject({
      status: 413,
      body: { code: "too_large" },
    });
  });
});
