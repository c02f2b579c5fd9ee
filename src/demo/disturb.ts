/** What can be done to one person's connection. */
import { button, el, toggle } from "./element.ts";
import type { Person } from "./person.ts";

/** s that the token lasts, after which the service refuses it. */
const SHORT_LIFE = 3;

export function disturbances({ network, tokens, someone: { name } }: Person): HTMLElement {
  const block = (label: string, transport: "websocket" | "sse") =>
    toggle(label, (isOn) => network.block(transport, isOn), {
      class: "chip",
      title: `${name}'s network lets no ${label.replace("Block ", "")} through`,
    });
  const freeze = toggle(
    "Freeze",
    (isOn) => {
      network.isFrozen = isOn;
    },
    { class: "chip", title: "Nothing moves, and nobody is told: the connection stays open" },
  );
  const cut = button("Cut", () => network.cut(), { class: "chip", title: "The connection breaks, and comes back" });
  const expire = button(
    "Expire token",
    () => {
      tokens.expireIn(SHORT_LIFE);
      network.cut();
    },
    {
      class: "chip",
      title: `The next token lasts ${SHORT_LIFE} s: the service ends the connection, and the SDK gets another`,
    },
  );
  const label = `Disturb ${name}'s connection`;
  return el(
    "div",
    { class: "disturb", role: "group", "aria-label": label },
    block("Block WebSocket", "websocket"),
    block("Block SSE", "sse"),
    cut,
    freeze,
    expire,
  );
}
