import { afterAll, expect, test } from "vitest";
import { openReader, openWriter } from "../../../src/adapters/sqlite/open.ts";
import { openLocalExchange } from "../../../src/app/compose/local-exchange.ts";
import { verify } from "../../../src/app/compose/verify.ts";
import type { LocalExchange } from "../../../src/exchange/exchange.ts";
import type { HttpClient } from "../../../src/ports.ts";
import { tempFolder } from "../../support/kbt.ts";
import { contextOf, dbOf, EAGER, liveHere } from "../../support/orders/live-session.ts";

// A live run held against its replay: what the exchange answered and what held its trading are inputs like the market's.

const folder = tempFolder();
afterAll(() => folder.remove());

const SIM = { scenario: "edge", seed: 2, speed: "max" } as const;

/** Trades until something is filled; from then on the key is refused, which latches. */
async function recorded() {
  const env = await openLocalExchange(SIM);
  const exchange = env.sim?.simulation as LocalExchange;
  const http: HttpClient = {
    request: (request, signal) =>
      request.method === "POST" && exchange.desk.fills().length > 0
        ? Promise.resolve({ status: 401, headers: {}, body: "{}" })
        : env.http.request(request, signal),
  };
  const session = {
    env: { ...env, http },
    folder: `${folder.path}/live`,
    series: ["KXBTC15M", "KXSOL15M"],
    settings: { ...EAGER, "strategy.threshold-ev.entry": "taker" },
    sim: SIM,
    untilMs: env.clock.nowMs() + 120_000,
  };
  const { exitCode } = await liveHere(session);
  return { session, exitCode, path: dbOf(session.folder) };
}

function sql(path: string, statement: string): unknown[] {
  const reader = openReader(path, { segments: false });
  try {
    return reader.db.prepare(statement).pluck().all();
  } finally {
    reader.close();
  }
}

test("I39: a live run is what its inputs give, its fills and what stopped it among them; every part of them counts", async () => {
  const { exitCode, path, session } = await recorded();
  expect(exitCode).toBe(4);
  expect(sql(path, "SELECT count(*) FROM fills")[0]).toBeGreaterThan(0);
  expect(sql(path, "SELECT what_json ->> '$.reason' FROM account_receipts")).toContain("auth");
  const halted = "SELECT count(*) FROM opportunities WHERE reason = 'risk.halted'";
  expect(sql(path, halted)[0]).toBeGreaterThan(0);
  const same = await verify(contextOf(session), 1);
  expect(same).toMatchObject({ exitCode: 0, data: { identical: true } });

  const writer = openWriter(path, { env: "sim" });
  writer.durable.exec(
    `UPDATE account_receipts SET what_json = json_set(what_json, '$.fill.price', 1)
     WHERE ev = (SELECT min(ev) FROM account_receipts WHERE what_json ->> '$.type' = 'fill')`,
  );
  writer.close();
  const changed = await verify(contextOf(session), 1);
  expect(changed).toMatchObject({ exitCode: 10, error: { code: "INPUTS_CHANGED" } });
}, 60_000);
