/** Elements, with what they say as text only: nothing that somebody wrote can become markup. */

interface Properties {
  class?: string;
  text?: string;
  /** Other attributes; true: there, without a value; false: not there. */
  [attribute: string]: string | boolean | undefined;
}

export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { text, ...attributes }: Properties = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

/** A place of the page's own markup, by its id. */
export function place<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}.`);
  return element as Kind;
}

/** A button that does something; while that lasts it can not be pressed again. */
export function button(label: string, press: () => unknown, properties: Properties = {}): HTMLButtonElement {
  const element = el("button", { type: "button", text: label, ...properties });
  element.addEventListener("click", async () => {
    element.setAttribute("aria-busy", "true");
    try {
      await press();
    } finally {
      element.removeAttribute("aria-busy");
    }
  });
  return element;
}

/** A button that is on or off. */
export function toggle(label: string, change: (isOn: boolean) => void, properties: Properties = {}): HTMLButtonElement {
  const element = button(
    label,
    () => {
      const isOn = element.getAttribute("aria-pressed") !== "true";
      element.setAttribute("aria-pressed", String(isOn));
      change(isOn);
    },
    { ...properties, "aria-pressed": "false" },
  );
  return element;
}

export const clock = (at: number): string => new Date(at).toLocaleTimeString("en-GB");
export const count = (value: number): string => value.toLocaleString("en-US");
