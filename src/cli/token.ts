// `npm run token`: prints one token, signed with AUTH_SECRET, and nothing else on standard output.
import { signingSecret } from "./dev-vars.mjs";
import { mint } from "./mint.mjs";
import { DEV_VARS } from "./project.mjs";
import { readTokenArguments, type TokenRequest, USAGE } from "./token-args.ts";
import { exitForWrongArguments } from "./wrong-arguments.ts";

function read(): TokenRequest {
  try {
    return readTokenArguments(process.argv.slice(2));
  } catch (error) {
    return exitForWrongArguments(error, USAGE);
  }
}

const request = read();
const signing = signingSecret(DEV_VARS, process.env);
if ("problem" in signing) {
  console.error(signing.problem);
  process.exit(1);
}
console.log(mint({ secret: signing.secret, ...request }));
