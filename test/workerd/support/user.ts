import type { UserObject } from "../../../src/object/user-object.ts";
import { Channel } from "./channel.ts";
import { env, tokenFor } from "./service.ts";

/** A user whom no other test knows, and their channel. */
export class User extends Channel<UserObject> {
  constructor(name: string) {
    super("user", name);
  }

  override get stub(): DurableObjectStub<UserObject> {
    return env.USERS.getByName(this.id);
  }

  /** A token of theirs, made so many seconds ago; by `claims` also otherwise. */
  token(age = 5, claims: Record<string, unknown> = {}): Promise<string> {
    return tokenFor(this.id, { iat: Math.floor(Date.now() / 1000) - age, ...claims });
  }
}
