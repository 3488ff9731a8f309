// Who may call: the account's keys and what each of them is allowed to do (kalshi.md §1.2).

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from "node:crypto";
import type { Rule } from "../trading/ledger.ts";
import { authenticate, type SignedCall } from "./auth.ts";
import type { Access } from "./route.ts";

type KeyType = "ed25519" | "rsa";

/** A parent scope grants everything below it: `write` is `write::trade` and `write::transfer`. */
type Scope = "read" | "read::portfolio_balance" | "write" | "write::trade" | "write::transfer";

export interface KeyOptions {
  /** Default Ed25519: an RSA pair takes a tenth of a second to make. Ignored with a `keyPem`. */
  readonly keyType?: KeyType;
  /** A private key of the caller's, PKCS#1 or PKCS#8; a fresh one when left out. */
  readonly keyPem?: string;
  /** A fresh UUID when left out. */
  readonly keyId?: string;
  /** Everything when left out. */
  readonly scopes?: readonly Scope[];
}

export interface Credentials {
  readonly keyId: string;
  readonly privateKeyPem: string;
}

/** A call that is turned away before it is handled. */
export interface Denial {
  readonly status: 401 | 403;
  readonly body: string;
  readonly rule: Rule;
}

interface StoredKey {
  readonly publicKey: KeyObject;
  readonly scopes: ReadonlySet<Scope>;
}

const SCOPES_FOR: Readonly<Record<Exclude<Access, "public">, readonly Scope[]>> = {
  read: ["read"],
  balance: ["read", "read::portfolio_balance"],
  trade: ["write", "write::trade"],
  transfer: ["write", "write::transfer"],
};

/** No recording shows the body of a 403; it is given the form of the other authorization errors. */
const MISSING_SCOPE =
  '{"error":{"code":"forbidden","message":"forbidden","details":"MISSING_API_KEY_SCOPE"}}';

/** The keys of the exchange's one account. */
export class KeyRing {
  readonly #keys = new Map<string, StoredKey>();
  /** How to close what was opened with a key. */
  readonly #attached = new Map<string, Set<() => void>>();

  /** Throws when `keyPem` is no private key. */
  add(options: KeyOptions = {}): Credentials {
    const privateKey =
      options.keyPem === undefined
        ? freshKey(options.keyType ?? "ed25519")
        : createPrivateKey(options.keyPem);
    const keyId = options.keyId ?? randomUUID();
    this.#keys.set(keyId, {
      publicKey: createPublicKey(privateKey),
      scopes: new Set(options.scopes ?? ["read", "write"]),
    });
    const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    return { keyId, privateKeyPem };
  }

  /** Calls signed with it are refused from now on; its open sockets are closed only when asked for. */
  revoke(keyId: string, options: { readonly closeSockets?: boolean } = {}): void {
    this.#keys.delete(keyId);
    if (options.closeSockets !== true) return;
    for (const close of this.#attached.get(keyId) ?? []) close();
    this.#attached.delete(keyId);
  }

  has(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  /** Has `close` called when the key is revoked with its sockets, until the returned function is. */
  attach(keyId: string, close: () => void): () => void {
    const attached = this.#attached.get(keyId) ?? new Set();
    this.#attached.set(keyId, attached.add(close));
    return () => {
      attached.delete(close);
    };
  }

  /** Checks signature first, then scope. */
  check(call: SignedCall, access: Access): { readonly keyId: string } | Denial {
    const answer = authenticate(this.#keys, call);
    if ("body" in answer) return { status: 401, ...answer };
    const scopes = this.#keys.get(answer.keyId)?.scopes;
    if (access === "public" || SCOPES_FOR[access].some((scope) => scopes?.has(scope))) {
      return answer;
    }
    return { status: 403, body: MISSING_SCOPE, rule: "missing_scope" };
  }
}

// Made when the exchange starts, so that no secret outlives it.
function freshKey(keyType: KeyType): KeyObject {
  return keyType === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey
    : generateKeyPairSync("ed25519").privateKey;
}
