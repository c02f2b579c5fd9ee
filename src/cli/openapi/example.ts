/** How to do it from a terminal, or from a page: what the document's examples say, ready to be copied. */
import type { DocumentedParameter, Operation } from "./types.ts";

/**
 * Shell lines. `$URL` is the deployment's origin, `$TOKEN` a token or the API key; what else is needed are variables of
 * its parameter's name.
 */
export function curlOf(method: string, path: string, operation: Operation): string {
  const parameters = operation.parameters ?? [];
  const ids = parameters.filter((parameter) => parameter.in === "path");
  const target = ids.reduce((text, { name, example }) => text.replace(`{${name}}`, String(example)), path);
  const query = parameters.flatMap((parameter) => queryOf(parameter));
  const url = `"$URL${target}${query.length > 0 ? `?${query.join("&")}` : ""}"`;
  const isStream = Object.values(operation.responses).some(
    (response) => "content" in response && response.content?.["text/event-stream"] !== undefined,
  );
  const body = Object.values(operation.requestBody?.content["application/json"]?.examples ?? {})[0]?.value;
  const isPlain = method === "get" || (method === "post" && body !== undefined);
  return [
    `curl ${isStream ? "-N " : ""}${isPlain ? "" : `-X ${method.toUpperCase()} `}${url}`,
    ...(operation.security.length === 0 ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(body === undefined ? [] : [`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body)}'`]),
  ].join(" \\\n  ");
}

function queryOf({ in: where, name, required, example }: DocumentedParameter): string[] {
  if (where !== "query" || (example === undefined && !required)) return [];
  return [`${name}=${example === undefined ? `$${name.toUpperCase()}` : encodeURIComponent(example)}`];
}

/** For a browser, where the handshake can carry no header. */
export function socketOf(path: string): string {
  return [
    `const url = "wss://…${path.replace("{id}", "lobby")}";`,
    'const socket = new WebSocket(url, ["edgewire.v1", "edgewire.token." + token]);',
    "socket.onmessage = ({ data }) => console.log(data);",
    'setInterval(() => socket.send("ping"), 30_000);',
  ].join("\n");
}
