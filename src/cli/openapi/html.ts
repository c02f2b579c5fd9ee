/** Text as HTML: everything that is not markup of ours is escaped. */

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** One paragraph of the document: `code` and [links](/of-this-origin), which is all the Markdown that it uses. */
export function prose(text: string): string {
  return escaped(text)
    .replace(/`([^`]+)`/g, "<code>$1</code>")
    .replace(/\[([^\]]+)\]\((\/[^)\s]*)\)/g, '<a href="$2">$1</a>');
}

export function tag(name: string, content: string, attributes: Readonly<Record<string, string>> = {}): string {
  const given = Object.entries(attributes).map(([attribute, value]) => ` ${attribute}="${escaped(value)}"`);
  return `<${name}${given.join("")}>${content}</${name}>`;
}

/** Lines to be copied. By keyboard too one scrolls to their ends. */
export function code(text: string): string {
  return tag("pre", escaped(text), { tabindex: "0" });
}

/** In a frame of its own, so that on a phone the table scrolls and not the page. */
export function table(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], name: string, attributes: Readonly<Record<string, string>> = {}) =>
    tag("tr", cells.map((cell) => tag(name, cell, attributes)).join(""));
  const inner =
    tag("caption", escaped(caption)) +
    tag("thead", line(head, "th", { scope: "col" })) +
    tag("tbody", rows.map((cells) => line(cells, "td")).join(""));
  return tag("div", tag("table", inner), { class: "table", role: "region", "aria-label": caption, tabindex: "0" });
}
