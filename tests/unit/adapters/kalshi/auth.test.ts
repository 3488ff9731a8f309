import { constants, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createSigner, signedPath } from "../../../../src/adapters/kalshi/auth.ts";
import { KbtError } from "../../../../src/core/errors.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ed25519 = generateKeyPairSync("ed25519");
const TS_MS = 1_781_159_348_379;
const URL_TEXT = "https://host.example/trade-api/v2/portfolio/balance?subaccount=0";
const MESSAGE = Buffer.from("1781159348379GET/trade-api/v2/portfolio/balance");

function isSignedBy(publicKey: KeyObject, base64: string): boolean {
  const signature = Buffer.from(base64, "base64");
  if (publicKey.asymmetricKeyType === "ed25519") return verify(null, MESSAGE, publicKey, signature);
  return verify(
    "sha256",
    MESSAGE,
    { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
    signature,
  );
}

const pem = {
  pkcs1: rsa.privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
  pkcs8: rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  ed25519: ed25519.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
};

describe("signatures that the exchange accepts", () => {
  test.each([
    ["RSA, PKCS#1", pem.pkcs1, rsa.publicKey],
    ["RSA, PKCS#8", pem.pkcs8, rsa.publicKey],
    ["RSA with escaped line ends", pem.pkcs1.replaceAll("\n", "\\n"), rsa.publicKey],
    ["RSA with Windows line ends", pem.pkcs8.replaceAll("\n", "\r\n"), rsa.publicKey],
    ["Ed25519", pem.ed25519, ed25519.publicKey],
    ["Ed25519 with escaped line ends", pem.ed25519.replaceAll("\n", "\\n"), ed25519.publicKey],
  ])("%s", (_name, privateKeyPem, publicKey) => {
    const headers = createSigner({ keyId: " key-1\n", privateKeyPem }).sign(TS_MS, "get", URL_TEXT);
    expect(headers["KALSHI-ACCESS-KEY"]).toBe("key-1");
    expect(headers["KALSHI-ACCESS-TIMESTAMP"]).toBe("1781159348379");
    expect(isSignedBy(publicKey, headers["KALSHI-ACCESS-SIGNATURE"])).toBe(true);
  });

  test.each([
    ["/trade-api/v2/markets?limit=1", "/trade-api/v2/markets"],
    ["wss://h:1/trade-api/ws/v2", "/trade-api/ws/v2"],
    ["https://h/a%20b?c#d", "/a%20b"],
    ["https://h", ""],
  ])("of %s the path %s is signed", (from, path) => {
    expect(signedPath(from)).toBe(path);
  });
});

describe("keys that cannot sign", () => {
  const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });
  test.each([
    ["empty", "k", ""],
    ["a public key", "k", rsa.publicKey.export({ type: "spki", format: "pem" }).toString()],
    ["cut short", "k", pem.pkcs8.slice(0, 300)],
    ["an EC key", "k", curve.privateKey.export({ type: "pkcs8", format: "pem" }).toString()],
    ["an empty key id", "", pem.ed25519],
  ])("%s", (_name, keyId, privateKeyPem) => {
    let error: unknown;
    try {
      createSigner({ keyId, privateKeyPem });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(KbtError);
    expect(error).toMatchObject({ kind: "auth", code: "KEY_UNREADABLE" });
    const secret = privateKeyPem.split("\n")[1] ?? "";
    if (secret !== "") expect(JSON.stringify(error)).not.toContain(secret);
  });
});
