import { constants } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  createLocalExchange,
  isRefusal,
  type LocalExchange,
} from "../../../../src/exchange/exchange.ts";
import { TinyWorld } from "../../../support/tiny-world.ts";
import { REST_PATH, signedHeaders, WS_PATH } from "./client.ts";

const LIMITS = `${REST_PATH}/account/limits`;

function ask(
  exchange: LocalExchange,
  headers: Record<string, string>,
  path = LIMITS,
): [number, string] {
  const { status, body } = exchange.handleHttp({ method: "GET", path, headers, body: "" });
  return [status, body];
}

function headersAt(exchange: LocalExchange, skewMs: number): Record<string, string> {
  const atMs = exchange.world.nowMs() + skewMs;
  return signedHeaders(exchange, { method: "GET", path: LIMITS, atMs });
}

const ed25519 = createLocalExchange({ world: new TinyWorld() });
const rsa = createLocalExchange({ world: new TinyWorld(), keyType: "rsa" });

describe("the four 401 bodies", () => {
  test("a signature over another message", () => {
    const headers = signedHeaders(ed25519, {
      method: "POST",
      path: LIMITS,
      atMs: ed25519.world.nowMs(),
    });
    expect(ask(ed25519, headers)).toEqual([
      401,
      '{"error":{"code":"authentication_error","message":"authentication_error","details":"INCORRECT_API_KEY_SIGNATURE"}}',
    ]);
  });

  test("a key id that does not exist", () => {
    const headers = { ...headersAt(ed25519, 0), "KALSHI-ACCESS-KEY": "nobody" };
    expect(ask(ed25519, headers)).toEqual([
      401,
      '{"error":{"code":"authentication_error","message":"authentication_error","details":"NOT_FOUND"}}',
    ]);
  });

  test.each(["KALSHI-ACCESS-KEY", "KALSHI-ACCESS-TIMESTAMP", "KALSHI-ACCESS-SIGNATURE"])(
    "%s missing",
    (name) => {
      const headers = headersAt(ed25519, 0);
      delete headers[name];
      expect(ask(ed25519, headers)).toEqual([
        401,
        '{"error":{"code":"signature_is_missing_from_headers","message":"signature is missing from headers"}}',
      ]);
    },
  );

  test("a timestamp too far from the exchange's clock", () => {
    expect(ask(ed25519, headersAt(ed25519, -30_000))).toEqual([
      401,
      '{"error":{"code":"header_timestamp_expired","message":"header timestamp expired"}}',
    ]);
  });
});

test.each([
  [0, 200],
  [5000, 200],
  [-10_000, 200],
  [10_000, 200],
  [-30_000, 401],
  [30_000, 401],
  [-300_000, 401],
])("a clock off by %d ms gets %d", (skewMs, status) => {
  expect(ask(ed25519, headersAt(ed25519, skewMs))[0]).toBe(status);
});

test("seconds instead of milliseconds are refused", () => {
  const atMs = Math.floor(ed25519.world.nowMs() / 1000);
  const headers = signedHeaders(ed25519, { method: "GET", path: LIMITS, atMs });
  expect(ask(ed25519, headers)[1]).toContain("header_timestamp_expired");
});

test.each([
  ["digest salt", { saltLength: constants.RSA_PSS_SALTLEN_DIGEST }, 200],
  ["maximal salt", { saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN }, 200],
  ["other salt", { saltLength: 20 }, 401],
  ["PKCS#1 v1.5", { padding: constants.RSA_PKCS1_PADDING }, 401],
])("RSA with %s", (_name, how, status) => {
  const atMs = rsa.world.nowMs();
  const headers = signedHeaders(rsa, { method: "GET", path: LIMITS, atMs, ...how });
  expect(ask(rsa, headers)[0]).toBe(status);
});

test("the query is not part of what is signed", () => {
  const atMs = ed25519.world.nowMs();
  const path = `${LIMITS}?verbose=1`;
  const right = signedHeaders(ed25519, { method: "GET", path: LIMITS, atMs });
  const wrong = signedHeaders(ed25519, { method: "GET", path, atMs });
  expect(ask(ed25519, right, path)[0]).toBe(200);
  expect(ask(ed25519, wrong, path)[0]).toBe(401);
});

test("public endpoints need no signature, but one that is there has to be right", () => {
  const path = `${REST_PATH}/exchange/status`;
  expect(ask(ed25519, {}, path)[0]).toBe(200);
  expect(ask(ed25519, headersAt(ed25519, 0), path)[1]).toContain("INCORRECT_API_KEY_SIGNATURE");
});

test("Coinbase market data needs no signature", () => {
  expect(ask(ed25519, {}, "/api/v3/brokerage/time")[0]).toBe(200);
});

test("a Kalshi socket always needs a signature, a Coinbase socket none", () => {
  const peer = { send: () => {}, close: () => {}, buffered: () => 0 };
  const refused = ed25519.connect("kalshi", { path: WS_PATH, headers: {} }, peer);
  expect(refused).toMatchObject({ status: 401 });
  const headers = headersAt(ed25519, 0);
  expect(ed25519.connect("kalshi", { path: WS_PATH, headers }, peer)).toMatchObject({
    body: expect.stringContaining("INCORRECT_API_KEY_SIGNATURE"),
  });
  expect(isRefusal(ed25519.connect("coinbase", { path: "/", headers: {} }, peer))).toBe(false);
});

test("each exchange has its own key", () => {
  expect(ed25519.keyId).not.toBe(rsa.keyId);
  expect(ed25519.privateKeyPem).toHaveLength(119);
});
