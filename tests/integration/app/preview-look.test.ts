import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Environment } from "../../../src/app/compose/environment.ts";
import { openLocalExchange } from "../../../src/app/compose/local-exchange.ts";
import { Looker } from "../../../src/app/compose/preview-look.ts";
import { pricingOf } from "../../../src/app/compose/pricing.ts";
import { steppedClock } from "../../../src/app/compose/stepped-clock.ts";
import type { PreviewFacts } from "../../../src/app/preview-report.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { Config } from "../../../src/config/schema.ts";
import type { HttpClient } from "../../../src/ports.ts";

// Looks at the local exchange in memory. With no minimum of expected value something is always wanted.

const { signal } = new AbortController();
const strategy = DEFAULTS.strategy["threshold-ev"];
const EAGER: Config = {
  ...DEFAULTS,
  kalshi: { ...DEFAULTS.kalshi, series: ["KXBTCD"] },
  strategy: {
    ...DEFAULTS.strategy,
    "threshold-ev": { ...strategy, ev_min: 0, slippage_cents: 0, spread_max_ticks: 50 },
  },
};

let env: Environment;
const asked: string[] = [];
/** The exchange gives no books. */
let isBlind = false;

beforeAll(async () => {
  const opened = await openLocalExchange({ scenario: "edge", seed: 2, speed: "max" });
  const http: HttpClient = {
    request: async (request, scope) => {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      const answer = await opened.http.request(request, scope);
      const isBook = pathname.endsWith("/orderbooks");
      return isBlind && isBook ? { ...answer, body: '{"orderbooks":[]}' } : answer;
    },
  };
  env = { ...opened, http };
});
afterAll(() => env.close());

const looker = (strategies: string[] = ["threshold-ev"]): Looker =>
  new Looker({
    config: EAGER,
    env,
    clock: steppedClock(env),
    strategies,
    slippage: [],
    pricing: pricingOf(EAGER),
    hitRate: () => null,
  });

const pass = (ms: number): Promise<void> => steppedClock(env).sleep(ms, signal);

/** What is decided and why, of each market; the number of a row is not part of it. */
const verdicts = ({ rows }: PreviewFacts): unknown[] =>
  rows
    .map(({ opportunityId, ...row }) => ({ ...row, opportunityId: opportunityId > 0 }))
    .toSorted((a, b) => a.ticker.localeCompare(b.ticker));

const brief = ({ rows }: PreviewFacts): string[] => rows.map(({ ticker }) => ticker).toSorted();

describe("looks that follow one another", () => {
  test("each says something of every market, also when nothing happened since", async () => {
    const watching = looker();
    const first = await watching.look(signal);
    const again = await watching.look(signal);
    expect(first.rows.length).toBeGreaterThan(8);
    expect(brief(again)).toEqual(brief(first));
    expect(verdicts(again)).toEqual(verdicts(first));
  });

  test("also of a strategy that looks once a minute", async () => {
    const watching = looker(["always-no"]);
    const first = await watching.look(signal);
    expect(first.rows.length).toBeGreaterThan(8);
    expect(brief(await watching.look(signal))).toEqual(brief(first));
  });

  test("what one wanted to order does not stand in the way of the next", async () => {
    const watching = looker();
    for (let at = 0; at < 8; at++) {
      const { planned, rows } = await watching.look(signal);
      expect(planned.length).toBeLessThanOrEqual(1);
      const trades = rows.filter(({ decision }) => decision === "trade");
      expect(trades.map(({ opportunityId }) => opportunityId)).toEqual(
        planned.map(({ order }) => order.opportunityId),
      );
      const limited = rows.filter(({ failed }) => failed.includes("risk."));
      // The limit of one open position is used up by this look's own order, or by nothing.
      if (planned.length === 0) expect(limited).toEqual([]);
      await pass(1000);
    }
  });

  test("an order says what it can cost at most", async () => {
    let planned = (await looker().look(signal)).planned;
    for (let at = 0; at < 30 && planned.length === 0; at++) {
      await pass(20_000);
      planned = (await looker().look(signal)).planned;
    }
    const [first] = planned;
    if (first === undefined) throw new Error("nothing was wanted within ten minutes");
    const { order, worstCost } = first;
    expect(worstCost).toBeGreaterThan(order.price * order.qty);
    expect(worstCost).toBeLessThan(order.price * order.qty + 0.02 * 1e6 * (order.qty / 100));
  });

  test("after a pause it is what a first look would say", async () => {
    const watching = looker();
    await watching.look(signal);
    await pass(180_000);
    const late = await watching.look(signal);
    const fresh = await looker().look(signal);
    const still = new Set(fresh.rows.map(({ ticker }) => ticker));
    // Markets that were near the centre three minutes ago are still followed, as a run would.
    const rows = late.rows.filter(({ ticker }) => still.has(ticker));
    expect(rows.map(({ pModel }) => pModel)).toEqual(fresh.rows.map(({ pModel }) => pModel));
  });

  test("strategies learn from what they watch", async () => {
    const watching = looker(["mean-reversion"]);
    const warming = async (): Promise<boolean> =>
      (await watching.look(signal)).rows.some(({ failed }) => failed.includes("warming"));
    expect(await warming()).toBe(true);
    for (let second = 0; second < 300; second++) {
      await pass(1000);
      await watching.look(signal);
    }
    expect(await warming()).toBe(false);
  });

  test("prices are read each time, lists and candles when there can be something new in them", async () => {
    const watching = looker();
    await watching.look(signal);
    asked.length = 0;
    for (let second = 0; second < 10; second++) {
      await pass(1000);
      await watching.look(signal);
    }
    const count = (part: string): number => asked.filter((path) => path.includes(part)).length;
    expect(count("/orderbooks")).toBe(10);
    expect(count("/ticker")).toBe(10);
    expect(count("/events")).toBeLessThanOrEqual(2);
    expect(count("/candles")).toBeLessThanOrEqual(1);
  });
});

test("a book that cannot be read any more is not taken for the one before", async () => {
  const watching = looker();
  await watching.look(signal);
  const reasons = async (): Promise<string[]> => [
    ...new Set((await watching.look(signal)).rows.map(({ reason }) => reason)),
  ];
  isBlind = true;
  expect(await reasons()).toEqual(["gap_poll_failed"]);
  isBlind = false;
  expect(await reasons()).not.toContain("gap_poll_failed");
});
