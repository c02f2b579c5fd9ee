/** `/llms.txt`: where a program that writes programs finds what it needs to use the service. (llmstxt.org) */
import { INTRODUCTION, TAGS } from "./introduction.ts";
import type { OpenApiDocument } from "./types.ts";

/** @param readme of which the application's own lines are shown */
export function llmsText(document: OpenApiDocument, readme: string): string {
  const [example = ""] = /```js\n[\s\S]*?```/.exec(readme.split("\n## In your application\n")[1] ?? "") ?? [];
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
  );
  const listed = (tag: string) =>
    operations
      .filter(({ tags, operationId }) => tags.includes(tag) && !operationId.includes("Inbox"))
      .map(({ method, path, summary }) => `- \`${method} ${path}\`: ${summary}`);
  return [
    `# ${INTRODUCTION.title}`,
    `> ${INTRODUCTION.summary}`,
    INTRODUCTION.description,
    "## Documents",
    [
      "- [The protocol](/spec.md): every rule with its id, the frames of the WebSocket, the events of the stream, a session",
      "- [OpenAPI 3.1](/openapi.json): every request and answer over HTTP; [the same to read](/docs)",
      "- [The SDK](/sdk/v1.js): a module for browsers; from a bundler `edgewire/client`, of `npm run pack:sdk`",
    ].join("\n"),
    "## The SDK in ten lines",
    example,
    ...Object.entries(TAGS).flatMap(([tag, about]) => [`## ${tag}`, about, listed(tag).join("\n")]),
    "",
  ].join("\n\n");
}
