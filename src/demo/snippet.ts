/** What a person's window does, as the lines that one would write, with the token that it has now. */
import { button, el } from "./element.ts";
import type { Person } from "./person.ts";
import type { Session } from "./session.ts";

/** ms that "Copied" is shown. */
const SHOWN = 1500;

type Lines = (token: string, origin: string, room: string) => string;

const sdk: Lines = (token, origin, room) =>
  [
    `import { Edgewire } from "${origin}/sdk/v1.js";`,
    `const wire = new Edgewire({ url: "${origin}", token: "${token}" });`,
    `const room = wire.room("${room}", { rewind: 30, presence: "members" });`,
    `room.on("message", ({ user, data }) => console.log(user, data.text));`,
    `await room.publish({ text: "hello" }); // it is on disk`,
  ].join("\n");

const curl: Lines = (token, origin, room) =>
  [
    `TOKEN=${token}`,
    `curl ${origin}/v1/rooms/${room}/messages \\`,
    `  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\`,
    `  -d '{"data": {"text": "hello from curl"}}'`,
    `curl -N "${origin}/v1/rooms/${room}/events?rewind=10" -H "Authorization: Bearer $TOKEN"`,
  ].join("\n");

const LANGUAGES = { SDK: sdk, curl } as const;

export function snippet({ someone, tokens }: Person, session: Session): HTMLElement {
  const code = el("code");
  const block = el("pre", { tabindex: "0", "aria-label": `Code of ${someone.name}'s window` }, code);
  let chosen: keyof typeof LANGUAGES = "SDK";
  const show = async () => {
    const token = await tokens.fresh().catch(() => tokens.latest ?? "<token>");
    code.textContent = LANGUAGES[chosen](token, location.origin, session.room);
  };
  const choices = Object.keys(LANGUAGES).map((name) => {
    const choice = button(
      name,
      () => {
        chosen = name as keyof typeof LANGUAGES;
        for (const other of choices) other.setAttribute("aria-pressed", String(other === choice));
        return show();
      },
      { class: "chip", "aria-pressed": String(name === chosen) },
    );
    return choice;
  });
  const copy = button(
    "Copy",
    async () => {
      await show();
      copy.textContent = (await copied(code)) ? "Copied" : "Select and copy";
      setTimeout(() => {
        copy.textContent = "Copy";
      }, SHOWN);
    },
    { class: "chip copy" },
  );
  const details = el(
    "details",
    { class: "snippet" },
    el("summary", { text: "The five lines that did it" }),
    el("div", { class: "languages" }, ...choices, copy),
    block,
  );
  details.addEventListener("toggle", () => details.open && show());
  return details;
}

/** A page over plain HTTP may not write to the clipboard: then the text is selected. */
async function copied(code: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
    return true;
  } catch {
    getSelection()?.selectAllChildren(code);
    return false;
  }
}
