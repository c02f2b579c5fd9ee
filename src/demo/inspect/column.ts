/** One person's side of the inspector: state, history, frames, and a publish by hand. */
import type { ConnectionState } from "../../client/index.ts";
import { wordsOf } from "../badge.ts";
import { clock, count, el } from "../element.ts";
import type { Frame } from "../network.ts";
import type { Person } from "../person.ts";
import { byHand } from "./by-hand.ts";

/** Changes of state that are shown, and characters of a frame. */
const SHOWN = 12;
const LONGEST = 2000;

export interface Drawn {
  readonly element: HTMLElement;
  draw(): void;
}

export function column(person: Person): Drawn {
  const { room, frames, someone } = person;
  const facts = new Map(["state", "cursor", "frames in", "frames out"].map((name) => [name, el("dd")]));
  const states = el("ol", { class: "states", "aria-label": `States of ${someone.name}'s connection` });
  const list = el("ol", {
    class: "frames",
    tabindex: "0",
    "aria-label": `Frames of ${someone.name}, the newest first`,
  });
  const changed = (state: ConnectionState) => {
    states.prepend(el("li", {}, el("time", { text: clock(Date.now()) }), ` ${sentenceOf(state)}`));
    while (states.childElementCount > SHOWN) states.lastElementChild?.remove();
  };
  // They connect while the rest of the page is still being made.
  if (room.state.name === "connected") changed(room.state);
  room.on("state", changed);
  let drawn = 0;
  const set = (name: string, text: string) => {
    const fact = facts.get(name);
    if (fact !== undefined && fact.textContent !== text) fact.textContent = text;
  };
  return {
    element: el(
      "section",
      { class: `column person-${someone.person}`, "aria-label": `Inspector of ${someone.name}` },
      el("h3", { text: someone.name }),
      el(
        "dl",
        { class: "facts" },
        ...[...facts].map(([name, value]) => el("div", {}, el("dt", { text: name }), value)),
      ),
      states,
      byHand(person),
      list,
    ),
    draw: () => {
      set("state", wordsOf(room.state));
      set("cursor", room.cursor ?? "none yet");
      set("frames in", `${count(frames.in)} (${kilobytes(frames.bytesIn)})`);
      set("frames out", `${count(frames.out)} (${kilobytes(frames.bytesOut)})`);
      const news = Math.min(frames.serial - drawn, frames.last.length);
      drawn = frames.serial;
      if (news > 0) list.prepend(...frames.last.slice(-news).reverse().map(frameLine));
      while (list.childElementCount > frames.last.length) list.lastElementChild?.remove();
    },
  };
}

function sentenceOf(state: ConnectionState): string {
  const why = "code" in state ? ` (${state.code}${state.reason === "" ? "" : ` ${state.reason}`})` : "";
  return wordsOf(state) + why;
}

function frameLine({ at, direction, transport, text }: Frame): HTMLLIElement {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
  const arrow = el("span", { class: direction, text: direction === "in" ? "↓" : "↑", title: direction });
  return el(
    "li",
    {},
    el("time", { text: clock(at) }),
    arrow,
    el("span", { class: "by", text: transport }),
    el("code", { text: cut }),
  );
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
