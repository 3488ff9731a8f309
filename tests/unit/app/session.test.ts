import { describe, expect, test } from "vitest";
import { Session, type SessionParts } from "../../../src/app/session.ts";
import { Engine } from "../../../src/core/engine.ts";
import { KbtError } from "../../../src/core/errors.ts";
import type { MarketEvent, VenueEvent } from "../../../src/core/events.ts";
import { IndexProxy } from "../../../src/core/index/proxy.ts";
import { underlyingOf } from "../../../src/core/market.ts";
import { hold, type Strategy } from "../../../src/core/strategy.ts";
import { price, qty } from "../../../src/core/units.ts";
import type { Recorder, Venue } from "../../../src/ports.ts";
import { aFill, aMarket, levels } from "../../support/builders.ts";
import { anEngineConfig } from "../../support/engine-config.ts";

const BASE = Date.UTC(2026, 10, 2, 14);
const MARKET = aMarket({ openMs: BASE, closeMs: BASE + 900_000 });

/** A recorder that writes down the order of what it is told. */
function notebook() {
  const said: string[] = [];
  const note = (kind: string) => (row: object) => {
    const ms = "recvMs" in row ? row.recvMs : "atMs" in row ? row.atMs : BASE;
    const type = "type" in row ? String(row.type) : kind;
    said.push(`${type} ${Number(ms) - BASE}`);
  };
  const recorder: Recorder = {
    runId: 1,
    event: note("event"),
    opportunity: note("opportunity"),
    order: note("order"),
    orderEvent: note("orderEvent"),
    fill: note("fill"),
    ledger: note("ledger"),
    pessimistic: note("pessimistic"),
    position: note("position"),
    risk: note("risk"),
    together: (rows) => rows(),
    finished: () => {},
    flush: () => {},
    counts: () => new Map(),
    stored: () => new Map(),
    drain: async () => {},
    close: async () => {},
  };
  return { said, recorder };
}

const silent = (reason: string): Strategy => ({
  name: "silent",
  evaluate: () => hold([reason]),
});

function sessionWith(
  venue: Venue | null,
  uncounted: readonly string[] = [],
  reason = "quiet",
  more: Partial<SessionParts> = {},
) {
  const { recorder, said } = notebook();
  const engine = new Engine(
    anEngineConfig({
      strategies: [silent(reason)],
    }),
  );
  const resyncs: string[] = [];
  const session = new Session({
    recorder,
    engine,
    venue,
    proxy: null,
    startMs: BASE,
    uncounted: new Set(uncounted),
    resync: (ticker) => resyncs.push(ticker),
    ...more,
  });
  return { session, said, resyncs };
}

/** A venue whose answers are put into a list from outside, as of an exchange that answers when it likes. */
function answering() {
  const answers: VenueEvent[] = [];
  const venue: Venue = {
    submit: () => {},
    cancel: () => {},
    observe: () => {},
    nextMs: () => answers[0]?.recvMs ?? null,
    isQuiet: () => answers.length === 0,
    cancelAll: () => answers.splice(0),
    advance: () => answers.splice(0),
  };
  return { answers, venue };
}

const filled = (fillId: string, recvMs: number): VenueEvent => ({
  type: "fill",
  fill: aFill({ fillId, ticker: MARKET.ticker, atMs: recvMs }),
  recvMs,
});

const snapshot = (recvMs: number, bidCents = 40): MarketEvent => ({
  type: "snapshot",
  ticker: MARKET.ticker,
  sid: 1,
  seq: 1,
  yes: levels([[bidCents, 10]]),
  no: levels([[55, 10]]),
  recvMs,
});

describe("Session", () => {
  test("evaluations that nobody asked about are recorded and counted nowhere", () => {
    for (const uncounted of [[], ["silent"]]) {
      const { said, session } = sessionWith(null, uncounted);
      session.handle({ type: "market", market: MARKET, recvMs: BASE });
      session.handle(snapshot(BASE + 100));
      expect(said).toContain("opportunity 100");
      const { evaluations, held, reasons } = session.totals;
      const counted = uncounted.length === 0 ? [["quiet", 1]] : [];
      expect({ evaluations, held: [...held], reasons: [...reasons] }).toEqual({
        evaluations: counted.length,
        held: counted,
        reasons: counted,
      });
    }
  });

  test("a market that can have no price keeps nobody waiting", () => {
    const { session } = sessionWith(null, [], "strike_tbd");
    const ticker = "KXDOGE15M-W1-00";
    const other = aMarket({ ...MARKET, ticker, seriesTicker: "KXDOGE15M" });
    for (const market of [MARKET, other]) {
      session.handle({ type: "market", market, recvMs: BASE });
    }
    session.handle(snapshot(BASE + 100));
    const arePriced = (...tickers: string[]) =>
      session.everyMarketPriced((one) => tickers.includes(one));
    expect(arePriced(MARKET.ticker, ticker)).toBe(false);
    expect(arePriced(MARKET.ticker)).toBe(true);
    expect(arePriced()).toBe(false);
  });

  test("a stand-in for the index comes with each second, also where nothing is decided", () => {
    const kept: MarketEvent[] = [];
    const recorder = { ...notebook().recorder, event: (row: MarketEvent) => void kept.push(row) };
    const underlying = underlyingOf("KXBTC15M");
    const proxy = new IndexProxy(underlying === undefined ? [] : [underlying]);
    const nobody = { engine: null, venue: null, resync: () => {} };
    const session = new Session({ recorder, proxy, startMs: BASE, ...nobody });
    const quote: MarketEvent = {
      type: "spot",
      source: "kraken",
      product: "BTC-USD",
      kind: "quote",
      priceUsd: 100_000,
      bidUsd: 99_999,
      askUsd: 100_001,
      size: null,
      tradeId: null,
      exchangeMs: BASE + 100,
      recvMs: BASE + 100,
    };
    session.handle(quote, "kraken");
    session.advance(BASE + 2_000);
    // And no second wakes anybody: there is no engine.
    const mids = { method: "mids", venues: 1 };
    expect(kept).toMatchObject([
      { type: "spot" },
      { type: "index", valueUsd: 100_000, exchangeMs: BASE + 1_000, proxy: mids },
      { type: "index", valueUsd: 100_000, exchangeMs: BASE + 2_000, proxy: mids },
    ]);
  });

  test("every whole second that passed wakes the engine before the event that came after it", () => {
    const { said, session } = sessionWith(null);
    session.handle({ type: "market", market: MARKET, recvMs: BASE + 100 });
    session.handle(snapshot(BASE + 3_400));
    expect(said).toEqual([
      "market 100",
      "wake 1000",
      "opportunity 1000",
      "wake 2000",
      "opportunity 2000",
      "wake 3000",
      "opportunity 3000",
      "snapshot 3400",
      "opportunity 3400",
    ]);
  });

  test("a venue's answer is heard at its own time, before a later event and before a later second", () => {
    const answers = [BASE + 350, BASE + 1_200];
    const venue: Venue = {
      submit: () => {},
      cancel: () => {},
      observe: () => {},
      nextMs: () => answers[0] ?? null,
      isQuiet: () => answers.length === 0,
      cancelAll: () => [],
      advance: (nowMs) => {
        const atMs = answers.shift() ?? nowMs;
        return [
          {
            type: "order",
            orderId: "x",
            state: "canceled",
            filledQty: qty(0),
            reason: "",
            recvMs: atMs,
          },
        ];
      },
    };
    const { said, session } = sessionWith(venue);
    session.handle({ type: "market", market: MARKET, recvMs: BASE });
    session.handle(snapshot(BASE + 2_500));
    expect(said.filter((line) => !/^(opportunity|wake)/.test(line))).toEqual([
      "market 0",
      "orderEvent 350",
      "orderEvent 1200",
      "snapshot 2500",
    ]);
  });

  test("what an event filled of a resting order is heard before the engine sees the event", () => {
    const found: VenueEvent[] = [];
    const venue: Venue = {
      submit: () => {},
      cancel: () => {},
      observe({ recvMs, type }) {
        if (type !== "snapshot") return;
        const fill = aFill({ ticker: MARKET.ticker, atMs: recvMs });
        found.push({ type: "fill", fill, recvMs });
      },
      nextMs: () => found[0]?.recvMs ?? null,
      isQuiet: () => found.length === 0,
      cancelAll: () => [],
      advance: () => found.splice(0),
    };
    const { said, session } = sessionWith(venue);
    session.handle({ type: "market", market: MARKET, recvMs: BASE });
    session.handle(snapshot(BASE + 500));
    expect(said).toEqual([
      "market 0",
      "snapshot 500",
      "fill 500",
      "ledger 500",
      "position 500",
      "opportunity 500",
    ]);
    expect(session.isQuiet).toBe(true);
  });

  test("an answer that is an input stands on file before the event of its millisecond that came after it", () => {
    const { answers, venue } = answering();
    const { said, session } = sessionWith(venue, [], "quiet", { answersAreInputs: true });
    session.handle({ type: "market", market: MARKET, recvMs: BASE });
    session.handle(snapshot(BASE + 500));
    said.length = 0;
    answers.push(filled("f1", BASE + 500));
    session.handle(snapshot(BASE + 500, 41));
    expect(said).toEqual([
      "account 500",
      "fill 500",
      "ledger 500",
      "position 500",
      "snapshot 500",
      "opportunity 500",
    ]);
  });

  test("what becomes known while an event is put on file is heard after it, in the run as in its replay", () => {
    const { answers, venue } = answering();
    const { recorder, said } = notebook();
    const event: Recorder["event"] = (row) => {
      recorder.event(row);
      if (row.type === "snapshot") answers.push(filled("f1", row.recvMs));
    };
    const { session } = sessionWith(venue, [], "quiet", {
      answersAreInputs: true,
      recorder: { ...recorder, event },
    });
    session.handle({ type: "market", market: MARKET, recvMs: BASE });
    session.handle(snapshot(BASE + 500));
    expect(said).toEqual(["market 0", "snapshot 500", "opportunity 500"]);
    session.advance(BASE + 501);
    expect(said.slice(3)).toEqual(["account 500", "fill 500", "ledger 500", "position 500"]);
  });

  test.each([
    ["as time passes", (session: Session) => session.advance(BASE + 600)],
    ["at the end", (session: Session) => session.finish(BASE + 500)],
  ])("an answer that cannot be put on file takes none of the others with it, %s", (_when, go) => {
    const { answers, venue } = answering();
    const { recorder, said } = notebook();
    let isFull = true;
    const event: Recorder["event"] = (row) => {
      if (row.type === "account" && isFull) {
        isFull = false;
        throw new KbtError({ kind: "store", code: "DB_FULL", message: "disk full", hint: "" });
      }
      recorder.event(row);
    };
    const { session } = sessionWith(venue, [], "quiet", {
      answersAreInputs: true,
      recorder: { ...recorder, event },
    });
    session.handle({ type: "market", market: MARKET, recvMs: BASE });
    session.handle(snapshot(BASE + 500));
    said.length = 0;
    answers.push(filled("f1", BASE + 500), filled("f2", BASE + 500));
    expect(() => go(session)).toThrow("disk full");
    expect(said.filter((line) => line.startsWith("fill"))).toHaveLength(2);
  });

  test("time never runs backwards, and a long sleep is not replayed second by second", () => {
    const { said, session } = sessionWith(null);
    session.handle({ type: "market", market: MARKET, recvMs: BASE + 5_000 });
    session.advance(BASE + 2_000);
    session.advance(BASE + 800_000);
    expect(said.length).toBeLessThan(10);
  });

  test("a level below zero asks the feed for the book again, after the row that says so", () => {
    const { resyncs, said, session } = sessionWith(null);
    session.handle({ type: "market", market: MARKET, recvMs: BASE });
    session.handle(snapshot(BASE + 10));
    session.handle({
      type: "delta",
      ticker: MARKET.ticker,
      sid: 1,
      seq: 2,
      side: "yes",
      price: price(4_000),
      delta: qty(-99_999),
      exchangeMs: null,
      recvMs: BASE + 20,
    });
    expect(resyncs).toEqual([MARKET.ticker]);
    expect(said.at(-1)).toBe("opportunity 20");
  });

  test("a window counts once its every market is settled for good", () => {
    const { session } = sessionWith(null);
    session.handle({ type: "market", market: MARKET, recvMs: BASE });
    session.advance(BASE + 900_000);
    const settlement = {
      type: "settlement",
      ticker: MARKET.ticker,
      eventTicker: MARKET.eventTicker,
      result: "yes",
      yesPayout: null,
      expirationValue: "1",
      settledMs: BASE + 915_000,
      source: "t",
      recvMs: BASE + 915_000,
    } as const;
    expect(session.settledWindows()).toBe(0);
    session.handle({ ...settlement, final: false });
    expect(session.settledWindows()).toBe(0);
    session.handle({ ...settlement, final: true });
    expect(session.settledWindows()).toBe(1);
  });
});
