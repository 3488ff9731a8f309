import { describe, expect, test } from "vitest";
import { createLocalExchange, type LocalExchange } from "../../../../src/exchange/exchange.ts";
import { chaosRules } from "../../../../src/exchange/faults/chaos.ts";
import type { FaultRule } from "../../../../src/exchange/faults/fault-rule.ts";
import { readRules } from "../../../../src/exchange/faults/read-rules.ts";
import { createScenarioWorld } from "../../../../src/exchange/scenario/scenario-world.ts";
import { call, TestSocket } from "../server/client.ts";

const SERIES = "KXBTC15M*";

function open(...rules: readonly FaultRule[]): LocalExchange {
  const world = createScenarioWorld({ scenario: "fair", seed: 1 });
  return createLocalExchange({ world, faults: { rules } });
}

function runFor(exchange: LocalExchange, ms: number): void {
  exchange.runUntil(exchange.world.startMs + ms);
}

function quarterHour(exchange: LocalExchange) {
  const market = exchange.world
    .markets()
    .find(({ ticker, status }) => ticker.startsWith("KXBTC15M") && status === "active");
  if (market === undefined) throw new Error("no running market");
  return market;
}

describe("markets", () => {
  test("deactivated, and activated again after its time", () => {
    const exchange = open({
      fault: "market_deactivated",
      match: { ticker: SERIES },
      when: { afterMs: 2000 },
      params: { for_ms: 3000 },
    });
    const market = quarterHour(exchange);
    const statusAt = (ms: number): string => {
      runFor(exchange, ms);
      return market.status;
    };
    expect([1900, 3000, 4900, 6000].map(statusAt)).toEqual([
      "active",
      "inactive",
      "inactive",
      "active",
    ]);
  });

  test("the close moves", () => {
    const exchange = open({
      fault: "market_close_moved",
      match: { ticker: SERIES },
      when: { afterMs: 1000 },
    });
    const market = quarterHour(exchange);
    const before = market.closeMs;
    runFor(exchange, 3000);
    expect(market.closeMs).toBe(before - 60_000);
  });

  test("the tick ladder changes", () => {
    const exchange = open({ fault: "market_structure", match: { ticker: SERIES } });
    runFor(exchange, 1000);
    expect(quarterHour(exchange).structure).toBe("deci_cent");
  });

  /** The running quarter hour closes in two seconds. */
  const CLOSE_NOW = {
    fault: "market_close_moved",
    match: { ticker: SERIES },
    params: { by_ms: -3_600_000 },
  } as const;

  test("a scalar result, and a late one", () => {
    const exchange = open(
      CLOSE_NOW,
      { fault: "result_forced", match: { ticker: SERIES } },
      { fault: "settlement_late", match: { ticker: SERIES }, params: { by_ms: 30_000 } },
    );
    const market = quarterHour(exchange);
    runFor(exchange, 1000);
    exchange.runUntil(market.closeMs + 29_000);
    expect(market).toMatchObject({ status: "closed", result: "" });
    exchange.runUntil(market.closeMs + 60_000);
    expect(market).toMatchObject({ result: "scalar", payoutCc: 5000 });
  });

  test("a published result is amended", () => {
    const exchange = open(CLOSE_NOW);
    const market = quarterHour(exchange);
    runFor(exchange, 1000);
    exchange.runUntil(market.closeMs + 30_000);
    expect(market.result).not.toBe("");
    const payoutCc = market.payoutCc === 0 ? 10_000 : 0;
    exchange.faults.add([
      {
        fault: "result_amended",
        match: { ticker: market.ticker },
        params: { payout_cc: payoutCc },
      },
    ]);
    exchange.runUntil(market.closeMs + 120_000);
    expect(market.payoutCc).toBe(payoutCc);
  });

  test("nothing happens where no market fits, and a recording has none to change", () => {
    const exchange = open({ fault: "market_deactivated", match: { ticker: "KXNONE*" } });
    runFor(exchange, 5000);
    expect(exchange.world.markets().some(({ status }) => status === "inactive")).toBe(false);
  });
});

describe("shards", () => {
  test("a trading pause says so, and nobody trades in it", () => {
    const exchange = open({
      fault: "shard_paused",
      when: { afterMs: 1000 },
      params: { for_ms: 20_000 },
    });
    const socket = new TestSocket(exchange, "kalshi");
    socket.subscribe(1, ["trade"]);
    runFor(exchange, 2000);
    const active = (): unknown => {
      const { json } = call(exchange, "/exchange/status");
      return (json.exchange_index_statuses as { exchange_index: number; trading_active: boolean }[])
        .filter(({ exchange_index: index }) => index === 2)
        .map(({ trading_active: isActive }) => isActive);
    };
    expect(active()).toEqual([false]);
    const tradesBefore = socket.texts.length;
    runFor(exchange, 20_900);
    expect(socket.texts).toHaveLength(tradesBefore);
    runFor(exchange, 120_000);
    expect(active()).toEqual([true]);
    expect(socket.texts.length).toBeGreaterThan(tradesBefore);
  });
});

describe("keys", () => {
  test("a revoked key is unknown to REST and closes its sockets", () => {
    const exchange = open({ fault: "key_revoked", when: { afterMs: 1000 } });
    const socket = new TestSocket(exchange, "kalshi");
    expect(call(exchange, "/portfolio/balance", { signed: true }).status).toBe(200);
    runFor(exchange, 2000);
    expect(socket.closeCode).toBe(1008);
    const answer = call(exchange, "/portfolio/balance", { signed: true });
    expect(answer).toMatchObject({ status: 401, json: { error: { details: "NOT_FOUND" } } });
  });
});

describe("spot venues", () => {
  test("five per cent off, and right again after its time", () => {
    const exchange = open({
      fault: "spot_trouble",
      match: { venue: "coinbase" },
      when: { afterMs: 1000 },
      params: { how: "price_off", amount: 500, for_ms: 5000 },
    });
    const socket = new TestSocket(exchange, "coinbase");
    socket.say({ type: "subscribe", channel: "ticker", product_ids: ["BTC-USD"] });
    const ratioAt = (ms: number): number => {
      socket.take();
      runFor(exchange, ms);
      const shown = socket.texts.flatMap((text) => /"price":"([\d.]+)"/.exec(text)?.[1] ?? []);
      return Number(shown.at(-1)) / (exchange.world.spot("BTC-USD")?.price ?? 0);
    };
    expect(ratioAt(900)).toBeCloseTo(1, 3);
    expect(ratioAt(5000)).toBeCloseTo(1.05, 3);
    expect(ratioAt(9000)).toBeCloseTo(1, 3);
  });
});

describe("chaos", () => {
  test("the rules of every seed are valid, repeatable, and differ between seeds", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const rules = chaosRules(seed);
      expect(readRules(rules).problems, `seed ${seed}`).toEqual([]);
      expect(chaosRules(seed)).toEqual(rules);
      expect(chaosRules(seed + 1)).not.toEqual(rules);
    }
  });

  test("over the seeds, every kind of fault is drawn and none always", () => {
    const count = new Map<string, number>();
    for (let seed = 1; seed <= 100; seed++) {
      for (const fault of new Set(chaosRules(seed).map((rule) => rule.fault))) {
        count.set(fault, (count.get(fault) ?? 0) + 1);
      }
    }
    expect(count.size).toBeGreaterThan(25);
    expect(count.get("half_open")).toBeLessThan(100);
  });
});
