import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  createLocalExchange,
  isRefusal,
  type LocalExchange,
} from "../../../../src/exchange/exchange.ts";
import { TinyWorld } from "../../../support/tiny-world.ts";
import { signedHeaders, WS_PATH } from "./client.ts";
import { ask } from "./rest-client.ts";

const exchange = createLocalExchange({ world: new TinyWorld() });
const full = exchange.keys.add();
const reader = exchange.keys.add({ scopes: ["read"] });
const balanceReader = exchange.keys.add({ scopes: ["read::portfolio_balance"] });
const writer = exchange.keys.add({ scopes: ["write"] });
const trader = exchange.keys.add({ scopes: ["write::trade"] });
const mover = exchange.keys.add({ scopes: ["write::transfer"] });
const TRANSFER = "/portfolio/intra_exchange_instance_transfer";

const CALLS = {
  read: { method: "GET", path: "/account/limits" },
  balance: { method: "GET", path: "/portfolio/balance" },
  trade: { method: "POST", path: "/portfolio/events/orders" },
  transfer: { method: "POST", path: TRANSFER },
  public: { method: "GET", path: "/exchange/schedule" },
};

function connect(
  target: LocalExchange,
  key: { keyId: string; privateKeyPem: string },
): { codes: number[]; status: number } {
  const codes: number[] = [];
  const headers = signedHeaders(key, {
    method: "GET",
    path: WS_PATH,
    atMs: target.world.nowMs(),
  });
  const peer = { send: () => {}, close: (code: number) => codes.push(code), buffered: () => 0 };
  const answer = target.connect("kalshi", { path: WS_PATH, headers }, peer);
  return { codes, status: isRefusal(answer) ? answer.status : 101 };
}

describe("what a key may do", () => {
  test.each([
    ["read and write", full, ["read", "balance", "trade", "transfer", "public"]],
    ["read", reader, ["read", "balance", "public"]],
    ["read::portfolio_balance", balanceReader, ["balance", "public"]],
    ["write", writer, ["trade", "transfer", "public"]],
    ["write::trade", trader, ["trade", "public"]],
    ["write::transfer", mover, ["transfer", "public"]],
  ] as const)("%s", (_scopes, key, allowed) => {
    const got = Object.entries(CALLS)
      .filter(([, { method, path }]) => ask(exchange, path, { method, key }).status !== 403)
      .map(([name]) => name);
    expect(got).toEqual(allowed);
  });

  test("a missing scope is a 403 and written down, a bad signature comes before it", () => {
    const { ledger } = exchange;
    const before = ledger.violationCounts().get("missing_scope") ?? 0;
    const answer = ask(exchange, "/portfolio/events/orders", { method: "POST", key: reader });
    expect(answer.json).toMatchObject({ error: { code: "forbidden" } });
    expect(ledger.violationCounts().get("missing_scope")).toBe(before + 1);
    expect(ledger.refusedRequests().at(-1)).toEqual({
      method: "POST",
      path: "/trade-api/v2/portfolio/events/orders",
      status: 403,
      code: "forbidden",
      atMs: exchange.world.nowMs(),
    });
    const forged = { keyId: reader.keyId, privateKeyPem: full.privateKeyPem };
    expect(ask(exchange, "/portfolio/events/orders", { method: "POST", key: forged }).status).toBe(
      401,
    );
  });
});

describe("keys come and go", () => {
  test("a revoked key is not found, the others go on", () => {
    const key = exchange.keys.add();
    expect(ask(exchange, "/account/limits", { key }).status).toBe(200);
    exchange.keys.revoke(key.keyId);
    const answer = ask(exchange, "/account/limits", { key });
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({ error: { details: "NOT_FOUND" } });
    expect(ask(exchange, "/account/limits", { key: full }).status).toBe(200);
    expect(exchange.ledger.violations().at(-1)?.rule).toBe("unknown_key");
  });

  test("a private key of the caller's own is used under the id that was asked for", () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const keyPem = pair.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
    const own = createLocalExchange({ world: new TinyWorld(), keyPem, keyId: "my-key" });
    expect(own.keyId).toBe("my-key");
    expect(createPublicKey(own.privateKeyPem).equals(pair.publicKey)).toBe(true);
    expect(ask(own, "/account/limits", { key: true }).status).toBe(200);
  });

  test("open sockets outlive the key unless they are to go with it", () => {
    const stays = exchange.keys.add();
    const goes = exchange.keys.add();
    const [kept, closed] = [connect(exchange, stays), connect(exchange, goes)];
    exchange.keys.revoke(stays.keyId);
    exchange.keys.revoke(goes.keyId, { closeSockets: true });
    expect([kept.codes, closed.codes]).toEqual([[], [1008]]);
    expect(connect(exchange, stays).status).toBe(401);
  });

  test("a socket needs a key that may read", () => {
    expect(connect(exchange, reader).status).toBe(101);
    expect(connect(exchange, trader).status).toBe(403);
    expect(exchange.ledger.violations().at(-1)?.rule).toBe("missing_scope");
  });
});
