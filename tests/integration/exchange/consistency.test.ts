import { expect, test } from "vitest";
import { createLocalExchange } from "../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../src/exchange/scenario/scenario-world.ts";
import { type Frame, TestSocket } from "../../unit/exchange/server/client.ts";

const QUARTER_MS = 900_000;

interface BookMsg {
  readonly market_ticker: string;
  readonly side: string;
  readonly price_dollars: string;
  readonly delta_fp: string;
  readonly yes_dollars_fp?: readonly (readonly [string, string])[];
  readonly no_dollars_fp?: readonly (readonly [string, string])[];
}

interface Window {
  readonly value: string;
  readonly window_size: number;
}

/** Books rebuilt from frames alone, as `side|price` → hundredths of a contract. */
class Rebuilt {
  readonly books = new Map<string, Map<string, number>>();
  gaps = 0;
  #seq = 0;

  take(frame: Frame): void {
    if (!frame.type.startsWith("orderbook_")) return;
    if (frame.seq !== this.#seq + 1) this.gaps++;
    this.#seq = frame.seq ?? 0;
    const msg = frame.msg as unknown as BookMsg;
    if (frame.type === "orderbook_snapshot") {
      this.books.set(msg.market_ticker, new Map());
      for (const [price, count] of msg.yes_dollars_fp ?? []) this.#add(msg, `yes|${price}`, count);
      for (const [price, count] of msg.no_dollars_fp ?? []) this.#add(msg, `no|${price}`, count);
    } else {
      this.#add(msg, `${msg.side}|${msg.price_dollars}`, msg.delta_fp);
    }
  }

  #add(msg: BookMsg, level: string, count: string): void {
    const book = this.books.get(msg.market_ticker);
    const total = (book?.get(level) ?? 0) + Math.round(Number(count) * 100);
    if (total === 0) book?.delete(level);
    else book?.set(level, total);
  }
}

test("over a close: frames rebuild the book, and the index stream ends in the settlement value", () => {
  const world = createScenarioWorld({ scenario: "edge", seed: 7 });
  const exchange = createLocalExchange({ world });
  const socket = new TestSocket(exchange, "kalshi");
  const rebuilt = new Rebuilt();
  const windows: Window[] = [];
  socket.onFrame = (frame) => {
    rebuilt.take(frame);
    const window = frame.msg?.last_60s_windowed_average_15min;
    if (window !== undefined) windows.push(window as Window);
  };
  const market = world
    .markets()
    .find((each) => each.seriesTicker === "KXBTC15M" && each.status === "active");
  const ticker = market?.ticker ?? "";
  const closeMs = market?.closeMs ?? 0;
  socket.subscribe(1, ["orderbook_delta"], { market_tickers: [ticker] });
  socket.subscribe(2, ["cfbenchmarks_value"], { index_ids: ["BRTI"] });

  exchange.runUntil(closeMs - 60_000);
  const book = world.book(ticker);
  const levels = (["yes", "no"] as const).flatMap((side) =>
    (book?.[side] ?? []).map(([cc, cq]) => [`${side}|${(cc / 10_000).toFixed(4)}`, cq] as const),
  );
  expect(levels.length).toBeGreaterThan(4);
  expect(rebuilt.books.get(ticker)).toEqual(new Map(levels));

  exchange.runUntil(closeMs + 60_000);
  expect(rebuilt.gaps).toBe(0);
  expect(rebuilt.books.get(ticker)?.size).toBe(0);
  expect(windows.map((window) => window.window_size)).toEqual(
    Array.from({ length: 60 }, (_, at) => at + 1),
  );
  const settled = world.market(ticker);
  expect(Number(windows.at(-1)?.value).toFixed(2)).toBe(settled?.expirationValue);
  expect(closeMs % QUARTER_MS).toBe(0);
});
