import type { Frame } from "./client.ts";
import type { Step } from "./script.ts";

const isSignal = (event: string) => (frame: Frame) =>
  frame.type === "signals" && frame.signals.some((signal: { event: string }) => signal.event === event);

/** A session with something of everything that a room does: two watch, bob and carol come, talk and go. */
export const SESSION: readonly Step[] = [
  ["ann comes to watch members", (stage) => stage.join("ann", { user: "ann", query: { presence: "members" } })],
  [
    "wim comes to watch the count",
    (stage) => stage.join("wim", { user: "wim", query: { presence: "count", member: 0 } }),
  ],
  ["bob comes", (stage) => stage.join("bob", { user: "bob", query: { data: '{"mood":"fine"}' } })],
  ["bob publishes", (stage) => stage.client("bob").request({ type: "publish", event: "say", data: "one", id: "m1" })],
  ["bob retries", (stage) => stage.client("bob").request({ type: "publish", event: "say", data: "one", id: "m1" })],
  [
    "bob confuses an id",
    (stage) => stage.client("bob").request({ type: "publish", event: "say", data: "other", id: "m1" }),
  ],
  [
    "bob signals",
    async (stage) => {
      await stage.client("bob").request({ type: "signal", event: "typing", data: true, key: "k" });
      await stage.told("ann", "the signal", isSignal("typing"));
    },
  ],
  ["the server publishes", (stage) => stage.call("POST", "messages", { body: [{ data: "two" }, { data: "three" }] })],
  ["ann reads back", (stage) => stage.call("GET", "messages", { query: { limit: 2 } })],
  ["bob changes his data", (stage) => stage.client("bob").request({ type: "presence", data: { mood: "better" } })],
  [
    "bob comes a second time, without echo",
    (stage) => stage.join("bob2", { user: "bob", query: { echo: 0, acks: "batch", rewind: 2 } }),
  ],
  [
    "his second connection pipelines",
    (stage) => stage.client("bob2").pipeline([4, 5].map((n) => ({ type: "publish", event: "say", data: n }))),
  ],
  ["his second connection goes", (stage) => stage.close("bob2", 1000)],
  ["bob breaks off", (stage) => stage.close("bob", 1001)],
  ["the server publishes meanwhile", (stage) => stage.call("POST", "messages", { body: { data: "six" } })],
  [
    "bob resumes within the grace",
    (stage) => {
      const cursor = stage.client("bob").welcome.cursor.replace(/-\d+$/, "-5");
      return stage.join("bob again", { user: "bob", query: { after: cursor } });
    },
  ],
  ["bob reads who is there", (stage) => stage.client("bob again").request({ type: "members" })],
  [
    "the server publishes and signals for him",
    async (stage) => {
      const connection = stage.client("bob again").welcome.connection;
      await stage.call("POST", "messages", { query: { connection }, body: { data: "seven", user: "bob" } });
      const body = { event: "wave", data: 1, user: "bob" };
      await stage.call("POST", "signals", { query: { connection }, body });
      await stage.told("ann", "the signal", isSignal("wave"));
    },
  ],
  ["bob leaves", (stage) => stage.client("bob again").request({ type: "leave" })],
  ["carol comes", (stage) => stage.join("carol", { user: "carol" })],
  ["who is there", (stage) => stage.call("GET", "presence")],
  ["carol says good-bye", (stage) => stage.close("carol", 1000)],
  ["the server publishes the last", (stage) => stage.call("POST", "messages", { body: { data: "eight" } })],
];
