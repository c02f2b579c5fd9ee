/** Notifications: one sends them, the other has them on two devices, of which one is read. */
import { Edgewire, type Message } from "../../client/index.ts";
import { button, clock, el } from "../element.ts";
import { fieldsOf } from "../fields.ts";
import type { Person } from "../person.ts";
import { post } from "../post.ts";
import type { Use } from "./tabs.ts";

const DEVICES = ["phone", "laptop"] as const;
const WORDS = ["Your build is green", "You were mentioned", "A new sign-in from Lisbon", "Lunch?"] as const;
/** Notifications that are shown. */
const SHOWN = 5;

export const inbox: Use = (panel, [sender, owner]) => {
  let turn = 0;
  const notify = () => {
    const data = { text: WORDS[turn++ % WORDS.length] as string };
    const path = `/v1/users/${encodeURIComponent(owner.someone.user)}/messages`;
    return post(path, sender.tokens, { event: "notification", data });
  };
  const devices = DEVICES.map((name) => device(owner, name));
  panel.append(
    el("div", { class: "inbox" }, button(`${sender.someone.name} notifies ${owner.someone.name}`, notify)),
    el("div", { class: "devices" }, ...devices.map(({ element }) => element)),
  );
  return () => {
    for (const { leave } of devices) leave();
  };
};

function device({ someone, tokens }: Person, name: string): { element: HTMLElement; leave: () => void } {
  // A device of its own: another client, with the same person's token.
  const wire = new Edgewire({ url: location.origin, token: tokens.fresh, storage: null });
  const channel = wire.user("me", { rewind: SHOWN });
  const unread = el("span", { class: "unread", role: "status" });
  const list = el("ol", { "aria-label": `Notifications on ${someone.name}'s ${name}` });
  const read = button("Mark as read", () => channel.read().catch(() => undefined), { class: "chip" });
  const show = () => {
    const many = channel.unreadCount ?? 0;
    unread.textContent = many === 0 ? "all read" : `${many} unread`;
    unread.classList.toggle("some", many > 0);
    read.disabled = many === 0;
  };
  channel.on("message", (message) => {
    list.prepend(line(message));
    while (list.childElementCount > SHOWN) list.lastElementChild?.remove();
    show();
  });
  channel.on("read", show);
  channel.on("state", show);
  show();
  const heading = el("header", {}, el("h3", { text: `${someone.name}'s ${name}` }), unread);
  return { element: el("section", { class: "device" }, heading, list, read), leave: () => wire.close() };
}

function line({ at, data }: Message): HTMLLIElement {
  const { text } = fieldsOf(data);
  return el(
    "li",
    {},
    el("span", { text: typeof text === "string" ? text : JSON.stringify(data) }),
    el("time", { text: clock(at) }),
  );
}
