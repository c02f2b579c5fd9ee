/** Publishes whatever JSON somebody writes. */
import type { Json } from "../../client/index.ts";
import { el } from "../element.ts";
import type { Person } from "../person.ts";

export function byHand(person: Person): HTMLElement {
  const { name } = person.someone;
  const event = el("input", { type: "text", value: "message", "aria-label": `Event of ${name}'s message` });
  const data = el("textarea", { rows: "2", spellcheck: "false", "aria-label": `Data of ${name}'s message, as JSON` });
  data.value = '{"text": "by hand"}';
  const answer = el("output", { class: "answer" });
  const form = el("form", { class: "by-hand" }, event, data, el("button", { text: "Publish" }), answer);
  form.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    try {
      const receipt = await person.publish(JSON.parse(data.value) as Json, event.value);
      answer.textContent = JSON.stringify(receipt);
    } catch (error) {
      answer.textContent = String(error);
    }
  });
  return form;
}
