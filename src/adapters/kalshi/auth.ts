import { constants, createPrivateKey, type KeyObject, sign as signBytes } from "node:crypto";
import { KbtError } from "../../core/errors.ts";
import type { Ms } from "../../core/units.ts";

export interface Credentials {
  readonly keyId: string;
  /** PKCS#1 or PKCS#8 PEM; line ends may be escaped as `\n`, as they are in environment variables. */
  readonly privateKeyPem: string;
}

/** A type, not an interface, so that it passes as plain headers. */
type SignedHeaders = {
  readonly "KALSHI-ACCESS-KEY": string;
  readonly "KALSHI-ACCESS-TIMESTAMP": string;
  readonly "KALSHI-ACCESS-SIGNATURE": string;
};

export interface Signer {
  readonly keyId: string;
  /** Headers for one request, sent at once: the exchange refuses stamps more than about 10 s old. */
  sign(tsMs: Ms, method: string, pathOrUrl: string): SignedHeaders;
}

/** Reads the key once; throws `auth` KEY_UNREADABLE for anything that cannot sign. */
export function createSigner(credentials: Credentials): Signer {
  const key = readKey(credentials.privateKeyPem);
  const keyId = credentials.keyId.trim();
  if (keyId === "") throw unreadable("the API key id is empty");
  return {
    keyId,
    sign(tsMs, method, pathOrUrl) {
      const stamp = String(Math.floor(tsMs));
      const message = Buffer.from(`${stamp}${method.toUpperCase()}${signedPath(pathOrUrl)}`);
      return {
        "KALSHI-ACCESS-KEY": keyId,
        "KALSHI-ACCESS-TIMESTAMP": stamp,
        "KALSHI-ACCESS-SIGNATURE": signature(key, message).toString("base64"),
      };
    },
  };
}

/** What is signed of an address: the path from the host root, byte for byte, without query (kalshi.md §1.2). */
export function signedPath(pathOrUrl: string): string {
  const path = pathOrUrl.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}

function signature(key: KeyObject, message: Buffer): Buffer {
  if (key.asymmetricKeyType === "ed25519") return signBytes(null, message, key);
  return signBytes("sha256", message, {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
}

function readKey(pem: string): KeyObject {
  const text = pem.trim().replaceAll("\\r", "").replaceAll("\\n", "\n");
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch {
    // The cause is dropped on purpose: nothing derived from key material goes into an error (reliability.md I36).
    throw unreadable("the private key is not a readable PEM");
  }
  const type = key.asymmetricKeyType ?? "unknown";
  if (type !== "rsa" && type !== "rsa-pss" && type !== "ed25519") {
    throw unreadable(`the private key is of type ${type}; Kalshi takes RSA or Ed25519`);
  }
  return key;
}

function unreadable(message: string): KbtError {
  return new KbtError({
    kind: "auth",
    code: "KEY_UNREADABLE",
    message,
    hint: "point KALSHI_PRIVATE_KEY_PATH at the .key file as Kalshi let you download it",
  });
}
