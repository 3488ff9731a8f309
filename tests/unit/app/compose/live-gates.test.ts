import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createSigner } from "../../../../src/adapters/kalshi/auth.ts";
import { setKillFile } from "../../../../src/app/compose/kill-file.ts";
import { type GateFacts, liveGates } from "../../../../src/app/compose/live-gates.ts";
import type { SimOptions } from "../../../../src/app/context.ts";
import { DEFAULTS } from "../../../../src/config/defaults.ts";
import { tempFolder } from "../../../support/kbt.ts";

const folder = tempFolder();
afterAll(() => folder.remove());
const KILLED = join(folder.path, "killed.sqlite");
setKillFile(KILLED, "test");

const { privateKey } = generateKeyPairSync("ed25519");
const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const SIGNER = createSigner({ keyId: "key", privateKeyPem });
const SIM: SimOptions = { scenario: "edge", seed: 1, speed: 1 };

/** Each gate that can be shut from outside the exchange, and the database that is not there yet. */
const GATES = [
  "trading_enabled",
  "credentials",
  "confirmation",
  "limits",
  "environment",
  "host",
  "market",
  "lock",
  "kill",
] as const;

function factsWith(shut: ReadonlySet<string>): GateFacts {
  const { kalshi, risk, storage } = DEFAULTS;
  const is = (gate: (typeof GATES)[number]): boolean => !shut.has(gate);
  return {
    config: {
      ...DEFAULTS,
      kalshi: { ...kalshi, rest_url: is("host") ? "http://127.0.0.1:1" : "https://example.org" },
      risk: {
        ...risk,
        trading_enabled: is("trading_enabled"),
        max_position_pct: is("limits") ? 0.02 : 0,
      },
      storage: { ...storage, db_path: is("kill") ? join(folder.path, "none.sqlite") : KILLED },
    },
    env: { stamp: "demo", signer: is("credentials") ? SIGNER : null },
    ctx: {
      env: is("environment") ? {} : { NODE_DEBUG: "net" },
      homeDir: folder.path,
      version: "0.1.0",
    },
    byHand: null,
    isLocked: is("lock"),
    options: {
      strategies: [],
      seconds: null,
      windows: null,
      untilMs: null,
      once: false,
      sim: is("market") ? SIM : { ...SIM, scenario: "replay:x" },
      confirmLive: null,
      yes: is("confirmation"),
    },
  };
}

test("I1: whatever gates are shut, they are all named and no other one is", () => {
  for (let bits = 0; bits < 2 ** GATES.length; bits++) {
    const shut = new Set(GATES.filter((_, at) => (bits & (1 << at)) !== 0));
    const named = liveGates(factsWith(shut)).filter(({ open }) => !open);
    expect(new Set(named.map(({ gate }) => gate))).toEqual(shut);
  }
});

test("I1: on the real exchange --yes confirms nothing, and a drill and an edge are asked for", () => {
  const facts = factsWith(new Set(["host"]));
  const named = liveGates({ ...facts, env: { stamp: "prod", signer: SIGNER } });
  const shut = named.filter(({ open }) => !open).map(({ gate }) => gate);
  expect(shut).toEqual(["confirmation", "host", "drill", "edge"]);
});
