/** Signatures of compact JWS texts, by whichever key fits. */
import { type CryptoKey, compactVerify, errors } from "jose";
import { isObject, parseJson } from "../protocol/json.ts";

export type Payload = Record<string, unknown>;

/** A part of it: base64url without padding, and with nothing in the bits of its last letter that no byte takes. */
const PART = "(?:[\\w-]{4})*(?:[\\w-]{4}|[\\w-][AQgw]|[\\w-]{2}[AEIMQUYcgkosw048])";

/** Three parts (RFC 7515, section 2; RFC 4648, 3.5): decoders are more lenient, and one token must have one spelling. */
export const COMPACT = new RegExp(`^${PART}\\.${PART}\\.${PART}$`);

/**
 * The payload, if one of the keys has signed it; null if none has. Only the signature: times are checked by the caller's
 * clock, with the contract's leeways. Throws what `jose` throws of a text that is no JWS of those algorithms.
 */
export async function firstThatFits(
  token: string,
  keys: readonly (Uint8Array | CryptoKey)[],
  algorithms: string[],
): Promise<Payload | null> {
  for (const key of keys) {
    try {
      const { payload } = await compactVerify(token, key, { algorithms });
      const claims = parseJson(new TextDecoder().decode(payload));
      return isObject(claims) ? claims : null;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  return null;
}
