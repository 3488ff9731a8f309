// Request signatures (kalshi.md §1.2): RSA-PSS or Ed25519 over timestamp, method and path without query.

import { Buffer } from "node:buffer";
import { constants, type KeyObject, type VerifyKeyObjectInput, verify } from "node:crypto";
import type { Rule } from "../trading/ledger.ts";

/** What is signed: method and path without query, at a time of the exchange's clock. */
export interface SignedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

/** A call whose signature does not hold: the body of its 401 and the rule it broke. */
export interface AuthFailure {
  readonly body: string;
  readonly rule: Rule;
}

/** Ten seconds of skew were accepted and thirty refused (kalshi.md §1.2); the limit lies between them. */
const SKEW_MAX_MS = 15_000;
const DIGEST_BYTES = 32;
const NAMES = ["kalshi-access-key", "kalshi-access-timestamp", "kalshi-access-signature"] as const;

const MISSING: AuthFailure = {
  rule: "unsigned",
  body: '{"error":{"code":"signature_is_missing_from_headers","message":"signature is missing from headers"}}',
};
const EXPIRED: AuthFailure = {
  rule: "stale_timestamp",
  body: '{"error":{"code":"header_timestamp_expired","message":"header timestamp expired"}}',
};
const UNKNOWN_KEY: AuthFailure = {
  rule: "unknown_key",
  body: authenticationError("NOT_FOUND"),
};
const BAD_SIGNATURE: AuthFailure = {
  rule: "bad_signature",
  body: authenticationError("INCORRECT_API_KEY_SIGNATURE"),
};

function authenticationError(details: string): string {
  return `{"error":{"code":"authentication_error","message":"authentication_error","details":"${details}"}}`;
}

/** Header names in lower case, as they are compared. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** True when the caller tried to sign: then the signature must be right even on a public endpoint. */
export function isSigned(headers: Readonly<Record<string, string>>): boolean {
  const lower = lowerCased(headers);
  return NAMES.some((name) => lower[name] !== undefined);
}

/** The id of the key that signed this call, or why the call is refused. */
export function authenticate(
  publicKeys: ReadonlyMap<string, { readonly publicKey: KeyObject }>,
  call: SignedCall,
): { readonly keyId: string } | AuthFailure {
  const lower = lowerCased(call.headers);
  const [keyId, timestamp, signature] = NAMES.map((name) => lower[name] ?? "");
  if (!keyId || !timestamp || !signature) return MISSING;
  if (!/^\d{13}$/.test(timestamp)) return EXPIRED;
  if (Math.abs(Number(timestamp) - call.nowMs) > SKEW_MAX_MS) return EXPIRED;
  const key = publicKeys.get(keyId);
  if (key === undefined) return UNKNOWN_KEY;
  const path = call.path.split("?", 1)[0] ?? "";
  const message = Buffer.from(`${timestamp}${call.method.toUpperCase()}${path}`);
  return isAuthentic(key.publicKey, message, Buffer.from(signature, "base64"))
    ? { keyId }
    : BAD_SIGNATURE;
}

function isAuthentic(publicKey: KeyObject, message: Buffer, signature: Buffer): boolean {
  if (publicKey.asymmetricKeyType === "ed25519") return verify(null, message, publicKey, signature);
  const withSalt = (saltLength: number): boolean => {
    const key: VerifyKeyObjectInput = {
      key: publicKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength,
    };
    return verify("sha256", message, key, signature);
  };
  // Named by its length: for a verifier OpenSSL's "maximal" would mean any length at all.
  const modulusBytes = (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  return withSalt(DIGEST_BYTES) || withSalt(modulusBytes - DIGEST_BYTES - 2);
}
