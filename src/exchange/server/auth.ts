import { Buffer } from "node:buffer";
import {
  constants,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  type VerifyKeyObjectInput,
  verify,
} from "node:crypto";

export type KeyType = "ed25519" | "rsa";

export interface Credentials {
  readonly keyId: string;
  readonly privateKeyPem: string;
  readonly publicKey: KeyObject;
}

/** What is signed: method and path without query, at a time of the exchange's clock. */
export interface SignedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

/** Ten seconds of skew were accepted and thirty refused (kalshi.md §1.2); the limit lies between them. */
const SKEW_MAX_MS = 15_000;
const DIGEST_BYTES = 32;
const NAMES = ["kalshi-access-key", "kalshi-access-timestamp", "kalshi-access-signature"] as const;

const MISSING =
  '{"error":{"code":"signature_is_missing_from_headers","message":"signature is missing from headers"}}';
const EXPIRED =
  '{"error":{"code":"header_timestamp_expired","message":"header timestamp expired"}}';
const UNKNOWN_KEY = authenticationError("NOT_FOUND");
const BAD_SIGNATURE = authenticationError("INCORRECT_API_KEY_SIGNATURE");

function authenticationError(details: string): string {
  return `{"error":{"code":"authentication_error","message":"authentication_error","details":"${details}"}}`;
}

/** A fresh key pair, so that no secret outlives its exchange. */
export function createCredentials(keyType: KeyType): Credentials {
  const pair =
    keyType === "rsa"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ed25519");
  return {
    keyId: randomUUID(),
    privateKeyPem: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicKey: pair.publicKey,
  };
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

/** Body of the 401 this call deserves, or null when it is signed correctly. */
export function authError(credentials: Credentials, call: SignedCall): string | null {
  const lower = lowerCased(call.headers);
  const [keyId, timestamp, signature] = NAMES.map((name) => lower[name] ?? "");
  if (!keyId || !timestamp || !signature) return MISSING;
  if (!/^\d{13}$/.test(timestamp)) return EXPIRED;
  if (Math.abs(Number(timestamp) - call.nowMs) > SKEW_MAX_MS) return EXPIRED;
  if (keyId !== credentials.keyId) return UNKNOWN_KEY;
  const path = call.path.split("?", 1)[0] ?? "";
  const message = Buffer.from(`${timestamp}${call.method.toUpperCase()}${path}`);
  return isAuthentic(credentials.publicKey, message, Buffer.from(signature, "base64"))
    ? null
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
