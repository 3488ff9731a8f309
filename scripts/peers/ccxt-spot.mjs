// Reads the spot venues of the local exchange through ccxt's own streaming classes: whatever they cannot follow, we do not
// speak. Run by `npm run conformance`, which builds kbt and installs ccxt first.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { crc32 } from "node:zlib";
import ccxt from "ccxt";

const ROOT = new URL("../../", import.meta.url).pathname;
const MESSAGES = 25;
const TRADES = 3;
const PATIENCE_MS = 60_000;

const sim = spawn(
  process.execPath,
  ["bin/kbt.js", "sim", "--json", "--scenario", "fair", "--speed", "4"],
  { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] },
);
process.on("exit", () => sim.kill("SIGINT"));
const [line] = await once(createInterface({ input: sim.stdout }), "line");
const started = JSON.parse(line);
const data = started.data ?? started;
const { control_url: controlUrl } = data;
const urls = Object.fromEntries(
  ["coinbase", "kraken", "binance", "bitstamp", "gemini"].map((venue) => [
    venue,
    { ws: data[`${venue}_ws_url`], rest: data[`${venue}_rest_url`] },
  ]),
);

/** How each of ccxt's classes is pointed at the local exchange, and what it can watch there. */
const VENUES = [
  {
    name: "coinbase",
    symbol: "BTC/USD",
    api: { rest: urls.coinbase.rest, ws: urls.coinbase.ws },
    watches: ["watchTicker", "watchTrades", "watchOrderBook"],
  },
  {
    name: "kraken",
    symbol: "BTC/USD",
    api: {
      public: urls.kraken.rest,
      ws: { public: urls.kraken.ws, publicV2: `${urls.kraken.ws}/v2` },
    },
    prepare: checkKrakenBooks,
    watches: ["watchTicker", "watchTrades", "watchOrderBook", "watchOHLCV", "watchBidsAsks"],
    breaksOnLoss: true,
  },
  {
    name: "binance",
    symbol: "BTC/USDT",
    api: {
      public: `${urls.binance.rest}/api/v3`,
      fapiPublic: `${urls.binance.rest}-futures/fapi/v1`,
      ws: { spot: `${urls.binance.ws}/ws` },
    },
    // The full ticker has a touch; by default ccxt takes the small one.
    options: {
      fetchMarkets: ["spot"],
      watchTickers: { name: "ticker" },
      watchOrderBook: { checksum: true },
    },
    watches: ["watchTicker", "watchTrades", "watchOrderBook", "watchOHLCV", "watchBidsAsks"],
    breaksOnLoss: true,
  },
  {
    name: "bitstamp",
    symbol: "BTC/USD",
    api: { public: `${urls.bitstamp.rest}/api`, ws: urls.bitstamp.ws },
    watches: ["watchTrades", "watchOrderBook"],
  },
  {
    name: "gemini",
    symbol: "BTC/USD",
    api: { public: urls.gemini.rest, ws: urls.gemini.ws },
    watches: ["watchTrades", "watchOrderBook", "watchOHLCV"],
  },
];

/**
 * Compares the book ccxt keeps with Kraken's checksum. ccxt's own check cannot: it wants text where it has parsed numbers
 * (4.5.84), so it fails on every book, the real one's included.
 */
function checkKrakenBooks(exchange) {
  const handle = exchange.handleOrderBook.bind(exchange);
  exchange.handleOrderBook = (client, message) => {
    handle(client, message);
    const [{ symbol, checksum }] = message.data;
    const digits = Math.round(-Math.log10(exchange.market(symbol).precision.price));
    const text = (side) =>
      side
        .slice(0, 10)
        .flatMap(([price, size]) => [price.toFixed(digits), size.toFixed(8)])
        .map((number) => number.replace(".", "").replace(/^0+/, ""))
        .join("");
    const { asks, bids } = exchange.orderbooks[symbol];
    if (crc32(text(asks) + text(bids)) === checksum) return;
    const hash = exchange.getMessageHash("orderbook", undefined, symbol);
    client.reject(new ccxt.ChecksumError(`kraken ${symbol}`), hash);
  };
}

function connect({ name, api, options = {}, prepare }) {
  const exchange = new ccxt.pro[name]({ newUpdates: true, timeout: PATIENCE_MS });
  const { ws, ...rest } = api;
  Object.assign(exchange.urls.api, rest);
  if (typeof ws === "string") exchange.urls.api.ws = ws;
  else Object.assign(exchange.urls.api.ws, ws);
  exchange.options = exchange.deepExtend(exchange.options, options);
  // Currencies have nothing to do with market data, and ccxt asks for them at other hosts.
  exchange.has.fetchCurrencies = false;
  prepare?.(exchange);
  return exchange;
}

function isSorted(side, sign) {
  return side.every(([price], at) => at === 0 || sign * (price - side[at - 1][0]) > 0);
}

/** Whatever comes must make sense by itself; returns a price of it. */
const CHECKS = {
  watchTicker: ({ bid, ask, last, high, low }) => {
    assert.ok(bid > 0 && bid < ask, `ticker ${bid} / ${ask}`);
    assert.ok(low <= last && last <= high, `last ${last} outside ${low}..${high}`);
    return last;
  },
  watchBidsAsks: (tickers) => {
    const [{ bid, ask }] = Object.values(tickers);
    assert.ok(bid > 0 && bid < ask, `touch ${bid} / ${ask}`);
    return bid;
  },
  watchTrades: (trades) => {
    for (const { price, amount, side, timestamp } of trades) {
      assert.ok(price > 0 && amount > 0 && timestamp > 1.7e12, `trade ${price} ${amount}`);
      assert.match(side, /^(buy|sell)$/);
    }
    return trades.at(-1).price;
  },
  watchOrderBook: ({ bids, asks }) => {
    assert.ok(bids.length > 5 && asks.length > 5, `${bids.length} bids, ${asks.length} asks`);
    assert.ok(bids[0][0] < asks[0][0], `crossed: ${bids[0][0]} / ${asks[0][0]}`);
    assert.ok(isSorted(bids, -1) && isSorted(asks, 1), "levels out of order");
    return (bids[0][0] + asks[0][0]) / 2;
  },
  watchOHLCV: (candles) => {
    const [time, open, high, low, close] = candles.at(-1);
    assert.ok(time % 60_000 === 0 && low <= open && close <= high, `candle ${candles.at(-1)}`);
    return close;
  },
};

function inTime(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing came`)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Watches until enough came. */
async function read(exchange, method, symbol) {
  const wanted = method === "watchTrades" || method === "watchOHLCV" ? TRADES : MESSAGES;
  const argument = method === "watchBidsAsks" ? [symbol] : symbol;
  let price = 0;
  for (let count = 0; count < wanted; count++) {
    const found = await inTime(exchange[method](argument), `${exchange.id}.${method}`);
    price = CHECKS[method](found);
  }
  return { method, count: wanted, price };
}

/** ccxt must notice a lost frame, or its agreement until then would mean nothing. */
async function loseFrames(exchange, { name, symbol }) {
  const answer = await fetch(`${controlUrl}/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify([
      {
        fault: "spot_trouble",
        match: { venue: name },
        params: { how: "frames_lost", amount: 40 },
      },
    ]),
  });
  assert.equal(answer.status, 200, await answer.text());
  for (let count = 0; count < 400; count++) {
    try {
      await inTime(exchange.watchOrderBook(symbol), `${name} after a loss`);
    } catch (error) {
      assert.ok(error instanceof ccxt.ChecksumError, String(error));
      return;
    }
  }
  assert.fail(`${name}: lost frames went unnoticed`);
}

async function verify(venue) {
  const exchange = connect(venue);
  // ccxt asks for this wherever a socket is not encrypted.
  await exchange.loadHttpProxyAgent();
  await exchange.loadMarkets();
  const results = await Promise.all(
    venue.watches.map((method) => read(exchange, method, venue.symbol)),
  );
  const book = results.find(({ method }) => method === "watchOrderBook");
  for (const { method, price } of results) {
    const apart = Math.abs(price / book.price - 1);
    assert.ok(apart < 0.005, `${venue.name}.${method}: ${price} beside a book at ${book.price}`);
  }
  if (venue.breaksOnLoss) await loseFrames(exchange, venue);
  await exchange.close();
  return { price: book.price, results };
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

let failures = 0;
const prices = [];
for (const venue of VENUES) {
  try {
    const { price, results } = await verify(venue);
    prices.push(price);
    const parts = results.map(({ method, count }) => `${method} ${count}`);
    if (venue.breaksOnLoss) parts.push("lost frames noticed");
    say(`ccxt ${venue.name}: ${parts.join(", ")}`);
  } catch (error) {
    failures++;
    say(`ccxt ${venue.name}: FAILED ${error.stack}`);
  }
}
const apart = Math.max(...prices) / Math.min(...prices) - 1;
if (!(apart < 0.01)) {
  failures++;
  say(`the venues are ${(apart * 100).toFixed(2)} % apart`);
}
sim.kill("SIGINT");
await once(sim, "exit");
say(
  failures === 0
    ? `ccxt read ${VENUES.length} spot venues of the local exchange`
    : `${failures} of ${VENUES.length} spot venues failed`,
);
process.exit(failures === 0 ? 0 : 1);
