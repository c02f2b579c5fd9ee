/** A request to the service without the SDK, as a person. */
import type { Tokens } from "./tokens.ts";

export async function post<Answer>(path: string, tokens: Tokens, body: object): Promise<Answer> {
  const response = await fetch(path, {
    method: "POST",
    headers: { authorization: `Bearer ${await tokens.fresh()}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return (await response.json()) as Answer;
}
