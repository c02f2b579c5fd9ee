/** Other uses of the same log, one at a time: what is not shown holds no connection. */
import { el } from "../element.ts";
import type { Person } from "../person.ts";
import type { Session } from "../session.ts";
import { canvas } from "./canvas.ts";
import { inbox } from "./inbox.ts";
import { job } from "./job.ts";
import { ticker } from "./ticker.ts";

/** A use: fills its panel, and returns what ends it. */
export type Use = (panel: HTMLElement, people: readonly [Person, Person], session: Session) => () => void;

const USES: readonly { id: string; label: string; about: string; use: Use }[] = [
  {
    id: "ticker",
    label: "Live ticker",
    about:
      "Made-up prices, published over HTTP and read by a browser's own EventSource. No SDK, and no token in the URL: a ticket.",
    use: ticker,
  },
  {
    id: "job",
    label: "A job's progress",
    about: "Each step is a message. Whoever comes late, or reloads, begins with the last one.",
    use: job,
  },
  {
    id: "canvas",
    label: "Shared canvas",
    about: "Pointers are signals: sent now, never stored. Marks are messages. Move, and click or press Enter.",
    use: canvas,
  },
  {
    id: "inbox",
    label: "Notifications",
    about: "Everybody has a channel of their own. What is unread is the same on all their devices.",
    use: inbox,
  },
];

export function tabs(people: readonly [Person, Person], session: Session): HTMLElement {
  const list = el("div", { class: "tab-list", role: "tablist", "aria-label": "Other uses" });
  const panel = el("div", { class: "panel", role: "tabpanel", tabindex: "0", id: "use" });
  let stop = () => {};
  const open = (id: string) => {
    const chosen = USES.find((each) => each.id === id);
    if (chosen === undefined) return;
    stop();
    for (const tab of list.children) {
      const isChosen = tab.id === `tab-${id}`;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.setAttribute("tabindex", isChosen ? "0" : "-1");
    }
    panel.replaceChildren(el("p", { class: "about", text: chosen.about }));
    panel.setAttribute("aria-labelledby", `tab-${id}`);
    stop = chosen.use(panel, people, session);
  };
  for (const { id, label } of USES) {
    const tab = el("button", {
      type: "button",
      role: "tab",
      id: `tab-${id}`,
      "aria-controls": "use",
      "aria-selected": "false",
      tabindex: "-1",
      text: label,
    });
    tab.addEventListener("click", () => open(id));
    list.append(tab);
  }
  (list.firstElementChild as HTMLElement).tabIndex = 0;
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const all = [...list.children] as HTMLElement[];
    const next = all[(all.indexOf(document.activeElement as HTMLElement) + step + all.length) % all.length];
    next?.focus();
    next?.click();
  });
  panel.append(el("p", { class: "about", text: "Choose one: nothing of it runs before." }));
  return el("section", { class: "uses" }, el("h2", { text: "The same log, other uses" }), list, panel);
}
