import { mintGuest } from "../auth/token.ts";
import type { Env } from "../env.ts";
import { guestId } from "./authenticate.ts";
import { admitRequest } from "./context.ts";
import { refuse } from "./problem.ts";

/** A name and a token for somebody who has none: good for 24 h, with no rights but those the rules give to all. */
export async function postGuests(request: Request, env: Env): Promise<Response> {
  const { secrets } = admitRequest(request, env);
  const user = guestId();
  const minted = await mintGuest(user, secrets, Date.now());
  if (minted === null)
    return refuse("not_configured", "Guests' tokens are signed with AUTH_SECRET or API_KEY: set one.");
  return Response.json({ token: minted.token, user, expires: minted.expires }, { status: 201 });
}
