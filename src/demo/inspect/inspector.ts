/** What the two connections do, looked at from inside. Drawn only while it is open. */
import { el } from "../element.ts";
import type { Person } from "../person.ts";
import { column } from "./column.ts";
import { plotOf } from "./plot.ts";

/** ms between two looks. */
const EVERY = 250;

export function inspector(people: readonly Person[]): HTMLElement {
  const columns = people.map(column);
  const plot = plotOf(people);
  const body = el("div", { class: "columns" }, ...columns.map(({ element }) => element));
  const summary = el(
    "summary",
    {},
    el("h2", { text: "Inspector" }),
    el("span", { text: "states, frames, round trips" }),
  );
  const details = el("details", { id: "inspector", class: "inspector" }, summary, plot.element, body);
  const draw = () => {
    if (!details.open) return;
    plot.draw();
    for (const each of columns) each.draw();
  };
  details.addEventListener("toggle", draw);
  setInterval(draw, EVERY);
  return details;
}
