/** The numbers that stay on screen. */
import { count, el } from "./element.ts";
import type { Ledger, Totals } from "./ledger.ts";

const NUMBERS: readonly { name: keyof Totals; isFault: boolean }[] = [
  { name: "sent", isFault: false },
  { name: "received", isFault: false },
  { name: "lost", isFault: true },
  { name: "doubled", isFault: true },
  { name: "reordered", isFault: true },
];
/** ms between two looks. */
const EVERY = 100;

export function counter(ledger: Ledger): HTMLElement {
  const cells = NUMBERS.map(({ name, isFault }) => {
    const value = el("dd", { text: "0", "data-count": name });
    const cell = el("div", { class: isFault ? "fault" : "flow" }, el("dt", { text: name }), value);
    return { name, value, cell, isFault };
  });
  const waiting = el("p", { class: "waiting" });
  let shown = "";
  const show = () => {
    const { totals } = ledger;
    const text = JSON.stringify(totals);
    if (text === shown) return;
    shown = text;
    for (const { name, value, cell, isFault } of cells) {
      value.textContent = count(totals[name]);
      if (isFault) cell.classList.toggle("bad", totals[name] > 0);
    }
    waiting.textContent = totals.waiting === 0 ? "all delivered" : `${count(totals.waiting)} on the way`;
  };
  show();
  setInterval(show, EVERY);
  return el(
    "section",
    { class: "counter", "aria-label": "Counted by this page" },
    el("dl", {}, ...cells.map(({ cell }) => cell)),
    waiting,
  );
}
