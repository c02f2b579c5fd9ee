/** A canvas that both have before them: pointers are signals, marks are messages. */
import { el } from "../element.ts";
import { fieldsOf } from "../fields.ts";
import type { Person } from "../person.ts";
import type { Use } from "./tabs.ts";

/** From 0 to 1, from the upper left. */
type Point = { readonly x: number; readonly y: number };

/** ms between two signals; and after the last until a pointer fades. */
const EVERY = 40;
const FADES = 4000;
/** By an arrow key. */
const STEP = 0.03;
/** Marks that one sees again. */
const REWIND = 100;

export const canvas: Use = (panel, people, session) => {
  const boards = people.map((person) => board(person, people, `${session.room}-canvas`));
  panel.append(el("div", { class: "boards" }, ...boards.map(({ element }) => element)));
  return () => {
    for (const { leave } of boards) leave();
  };
};

function board(person: Person, people: readonly Person[], id: string): { element: HTMLElement; leave: () => void } {
  const { name } = person.someone;
  const room = person.wire.room(id, { rewind: REWIND, member: false });
  const element = el("div", { class: "board", tabindex: "0", role: "application", "aria-label": `${name}'s canvas` });
  element.append(el("span", { class: "board-name", text: name }));
  const pointers = new Map<string, { element: HTMLElement; timer?: ReturnType<typeof setTimeout> }>();

  const colourOf = (user: string) =>
    `person-${people.find(({ someone }) => someone.user === user)?.someone.person ?? 1}`;
  room.on("signal", ({ event, user, data }) => {
    if (event !== "pointer" || user === person.someone.user) return;
    const pointer = pointers.get(user) ?? {
      element: el("span", { class: `pointer ${colourOf(user)}`, "aria-hidden": "true" }),
    };
    pointers.set(user, pointer);
    element.append(pointer.element);
    put(pointer.element, data);
    pointer.element.classList.remove("faded");
    clearTimeout(pointer.timer);
    pointer.timer = setTimeout(() => pointer.element.classList.add("faded"), FADES);
  });
  room.on("message", ({ user, data }) => {
    const mark = el("span", { class: `mark-dot ${colourOf(user)}`, "aria-hidden": "true" });
    put(mark, data);
    element.append(mark);
  });

  let at: Point = { x: 0.5, y: 0.5 };
  let sentAt = 0;
  const move = (to: Point) => {
    at = to;
    if (Date.now() - sentAt < EVERY) return;
    sentAt = Date.now();
    room.signal("pointer", at, { key: "pointer" });
  };
  const mark = () => room.publish(at).catch(() => undefined);
  element.addEventListener("pointermove", (event) => move(pointIn(element, event)));
  element.addEventListener("click", (event) => {
    move(pointIn(element, event));
    void mark();
  });
  element.addEventListener("keydown", ({ key }) => {
    const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[key];
    if (by !== undefined) move({ x: within(at.x + (by[0] ?? 0)), y: within(at.y + (by[1] ?? 0)) });
    if (key === "Enter") void mark();
  });
  return { element, leave: () => room.leave() };
}

function pointIn(element: HTMLElement, { clientX, clientY }: MouseEvent): Point {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: within((clientX - left) / width), y: within((clientY - top) / height) };
}

function put(element: HTMLElement, point: unknown): void {
  const { x, y } = fieldsOf(point);
  element.style.left = `${within(Number(x)) * 100}%`;
  element.style.top = `${within(Number(y)) * 100}%`;
}

function within(value: number): number {
  return Math.min(1, Math.max(0, Number.isFinite(value) ? Math.round(value * 1000) / 1000 : 0));
}
