/** Signatures of compact JWS texts, by whichever key fits. */
import { type CryptoKey, compactVerify, errors } from "jose";
import { isObject, parseJson } from "../protocol/json.ts";

export type Payload = Record<string, unknown>;

/** Three parts without padding (RFC 7515, section 2): decoders are more lenient, and one token must have one spelling. */
export const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

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
