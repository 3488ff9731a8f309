import { expect, test } from "vitest";
import type { SpotVenueName } from "../../../../src/exchange/spot/registry.ts";
import { START_MS, TinyWorld } from "../../../support/tiny-world.ts";
import { SpotBench } from "./bench.ts";
import { SpotWorld } from "./spot-world.ts";

type Mids = Record<SpotVenueName, number>;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function mid(bid: unknown, ask: unknown): number {
  return (Number(bid) + Number(ask)) / 2;
}

function midsOf(bench: SpotBench): Mids {
  const get = (path: string) => bench.get(path).json;
  const coinbase = get("/api/v3/brokerage/market/products/BTC-USD/ticker");
  const kraken = get("/kraken/0/public/Depth?pair=XBTUSD&count=1").result.XXBTZUSD;
  const binance = get("/binance/api/v3/ticker/bookTicker?symbol=BTCUSDT");
  const bitstamp = get("/bitstamp/api/v2/ticker/btcusd/");
  const gemini = get("/gemini/v1/pubticker/btcusd");
  return {
    coinbase: mid(coinbase.best_bid, coinbase.best_ask),
    kraken: mid(kraken.bids[0][0], kraken.asks[0][0]),
    binance: mid(binance.bidPrice, binance.askPrice),
    bitstamp: mid(bitstamp.bid, bitstamp.ask),
    gemini: mid(gemini.bid, gemini.ask),
  };
}

const VENUES: readonly SpotVenueName[] = ["coinbase", "kraken", "binance", "bitstamp", "gemini"];

const known = new Map<number, Record<SpotVenueName, number[]>>();

/** Distance of every venue from the true price in basis points, every 4 s for two minutes. */
function distances(seed: number): Record<SpotVenueName, number[]> {
  const before = known.get(seed);
  if (before !== undefined) return before;
  const bench = new SpotBench(new SpotWorld(seed));
  const found = Object.fromEntries(VENUES.map((name) => [name, [] as number[]])) as Record<
    SpotVenueName,
    number[]
  >;
  for (let each = 0; each < 30; each++) {
    bench.pass(4000);
    const truth = bench.world.truth?.price("BTC-USD") ?? 0;
    const mids = midsOf(bench);
    for (const name of VENUES) found[name].push((mids[name] / truth - 1) * 10_000);
  }
  known.set(seed, found);
  return found;
}

test("dollar venues stay within a few basis points of the one price; USDT is further away", () => {
  const found = distances(3);
  for (const name of ["coinbase", "kraken", "bitstamp", "gemini"] as const) {
    expect(Math.abs(mean(found[name]))).toBeLessThan(2.5);
    expect(Math.max(...found[name].map(Math.abs))).toBeLessThan(12);
  }
  expect(Math.abs(mean(found.binance))).toBeLessThan(12);
  const dollars = ["coinbase", "kraken", "bitstamp", "gemini"] as const;
  const spread = dollars.map((name) => mean(found[name]));
  expect(new Set(spread.map((each) => each.toFixed(3))).size).toBe(4);
}, 20_000);

test("each seed gives a venue another basis", () => {
  const [one, other] = [distances(3), distances(4)];
  expect(Math.abs(mean(one.binance) - mean(other.binance))).toBeGreaterThan(0.1);
  expect(Math.abs(mean(one.kraken) - mean(other.kraken))).toBeGreaterThan(0.01);
}, 20_000);

const KRAKEN = { method: "subscribe", params: { channel: "trade", symbol: ["BTC/USD"] } };

function krakenTexts(prepare: (bench: SpotBench) => void): string {
  const bench = new SpotBench();
  prepare(bench);
  const client = bench.client("kraken", "/kraken/v2");
  client.say(KRAKEN);
  bench.pass(30_000);
  return client.takeTexts().join("\n");
}

function tradesIn(texts: string): string[] {
  return texts.split("\n").filter((text) => text.startsWith('{"channel":"trade"'));
}

test("the same seed and start give the same frames, whoever else listens", () => {
  const alone = krakenTexts(() => {});
  const beside = krakenTexts((bench) => {
    bench.client("binance", "/binance/ws/btcusdt@trade");
    bench.client("gemini", "/gemini/v2/marketdata");
    bench.get("/bitstamp/api/v2/ticker/btcusd/");
  });
  const twice = krakenTexts((bench) => {
    const other = bench.client("kraken", "/kraken/v2");
    other.say({ ...KRAKEN, params: { channel: "book", symbol: ["BTC/USD"], depth: 100 } });
  });
  expect(tradesIn(alone).length).toBeGreaterThan(5);
  expect(tradesIn(beside)).toEqual(tradesIn(alone));
  expect(tradesIn(twice)).toEqual(tradesIn(alone));
});

function happenings(listen: boolean): string[] {
  const bench = new SpotBench();
  const seen: string[] = [];
  if (listen) bench.client("binance", "/binance/ws/btcusdt@trade/btcusdt@depth@100ms");
  bench.onHappening = (happening) => seen.push(JSON.stringify(happening));
  bench.pass(20_000);
  return seen;
}

test("the world's happenings do not change when other venues are listened to", () => {
  const alone = happenings(false);
  expect(alone.length).toBeGreaterThan(100);
  expect(happenings(true)).toEqual(alone);
});

function firstId(bench: SpotBench): number {
  return bench.get("/kraken/0/public/Trades?pair=XBTUSD").json.result.XXBTZUSD.at(-1)[6];
}

test("a venue that was quiet for the start is as far on as the clock: ids grow with it", () => {
  const early = new SpotBench();
  const late = new SpotBench();
  late.pass(60_000);
  expect(firstId(late)).toBeGreaterThan(firstId(early));
});

test("over a recording the venues follow its Coinbase price and list its products only", () => {
  const world = new TinyWorld();
  const bench = new SpotBench(world);
  const get = (path: string) => bench.get(path).json;
  const bid = Number(get("/bitstamp/api/v2/ticker/btcusd/").bid);
  expect(bid / 64_281.7).toBeCloseTo(1, 3);
  expect(get("/gemini/v1/symbols")).toEqual(["btcusd"]);
  world.spotMap.set("BTC-USD", {
    product: "BTC-USD",
    price: 70_000,
    bid: null,
    ask: null,
    bidSize: null,
    askSize: null,
  });
  bench.pass(10_000);
  expect(Number(get("/bitstamp/api/v2/ticker/btcusd/").bid) / 70_000).toBeCloseTo(1, 3);
  expect(bench.world.nowMs()).toBe(START_MS + 10_000);
});
