/** Says in one sentence what was wrong with the arguments, then how they should be, and exits with 2. */
export function exitForWrongArguments(error: unknown, usage: string): never {
  const { message, code } = error as Error & { code?: string };
  // Of Node's own messages the first sentence says what is wrong; the others are about positional arguments.
  const sentence = code?.startsWith("ERR_PARSE_ARGS") ? message.replace(/\. .*$/s, ".") : message;
  console.error(`${sentence}\n${usage}`);
  process.exit(2);
}
