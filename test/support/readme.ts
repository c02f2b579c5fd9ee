/** The README's own examples, to be run as they stand there. */
import { readFileSync } from "node:fs";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The examples in that language, in order. */
export function examplesIn(language: string, heading: string): string[] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/```(\w*)\n([\s\S]*?)```/g)].flatMap(([, name, text = ""]) =>
    name === language ? [text] : [],
  );
}

/** The application's ten lines, with the service and the SDK where they are. */
export function clientExample(origin: string, module: string): string {
  const [example = ""] = examplesIn("js", "In your application");
  return example.replaceAll("http://127.0.0.1:8787", origin).replace('"edgewire/client"', JSON.stringify(module));
}
