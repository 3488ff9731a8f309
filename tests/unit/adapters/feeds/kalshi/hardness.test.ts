import { beforeEach, describe, expect, test } from "vitest";
import type { MarketEvent } from "../../../../../src/core/events.ts";
import { advance, START_MS } from "../../fakes.ts";
import { FeedRig, SERIES, WINDOW_MS } from "./rig.ts";

let rig: FeedRig;

beforeEach(() => {
  rig = new FeedRig();
});

const drifts = (): MarketEvent[] => rig.events.filter((event) => event.type === "drift");

describe("hardness", () => {
  test("a market that cannot be read is left out, counted once and kept once; the others are followed", async () => {
    rig.windows.broken.set("KXBTC15M-W0-00", { close_time: "soon" });
    const feed = await rig.run();
    rig.network.last.open();
    await rig.live(60_000);
    expect(rig.markets()).toEqual(["KXBTC15M-W1-00 initialized null"]);
    expect([...feed.stats.rejected]).toEqual([["market_unreadable", 1]]);
    expect(drifts()).toMatchObject([
      {
        source: "kalshi",
        messageType: "rest_market",
        path: "$.markets[0].close_time",
        raw: expect.stringContaining('"close_time":"soon"'),
        halts: false,
      },
    ]);
    expect(feed.status()).toContain("close_time is no RFC 3339 time");
    expect(feed.stats.received).toBe(feed.stats.emitted + 1);
    rig.windows.broken.clear();
    await rig.live(20_000);
    expect(rig.markets()).toContain("KXBTC15M-W0-00 active 63000");
    expect(feed.status()).toBe("connected, 2 markets");
  });

  test("an event that cannot be read hides no other", async () => {
    rig.windows.broken.set("KXBTC15M-W0", { series_ticker: 7 });
    const feed = await rig.run();
    expect(rig.markets()).toEqual(["KXBTC15M-W1-00 initialized null"]);
    expect([...feed.stats.rejected]).toEqual([["event_unreadable", 1]]);
    expect(drifts()).toMatchObject([{ path: "$.events[0].series_ticker" }]);
  });

  test("when nothing can be read, the run ends and names the place", async () => {
    for (let n = 0; n < 8; n++) rig.windows.broken.set(`KXBTC15M-W${n}-00`, { price_ranges: null });
    await rig.run();
    const ended = rig.running.catch((error: unknown) => error);
    await advance(rig.clock, 2000);
    expect(await ended).toMatchObject({
      kind: "protocol",
      code: "PAYLOAD_CHANGED",
      details: { path: "markets[0].price_ranges" },
    });
  });

  test("a series that is refused hides no other, and is tried again within seconds", async () => {
    rig.windows.refused.add("KXNONE15M");
    const feed = await rig.run({ series: ["KXNONE15M", SERIES] });
    rig.network.last.open();
    expect(rig.markets()).toEqual([
      "KXBTC15M-W0-00 active 63000",
      "KXBTC15M-W1-00 initialized null",
    ]);
    expect(feed.status()).toContain("KXNONE15M: GET /trade-api/v2/events answered 400");
    rig.windows.refused.clear();
    await rig.live(2000);
    expect(feed.status()).not.toContain("KXNONE15M: GET");
  });

  test.each([500, 3500, 45_000])(
    "a strike that comes %i ms after the opening is known within 2 s",
    async (lateMs) => {
      rig.windows.strikeLateMs = lateMs;
      await rig.run();
      rig.network.last.open();
      await rig.live(WINDOW_MS + lateMs + 2500);
      const openMs = START_MS + WINDOW_MS;
      const known = rig.events.find(
        (event) => event.type === "market" && event.market.floorUsd === 63_001,
      );
      expect(known?.recvMs).toBeGreaterThanOrEqual(openMs + lateMs);
      expect(known?.recvMs).toBeLessThanOrEqual(openMs + lateMs + 2000);
    },
  );

  test("a message that is ahead of REST is followed by two more looks", async () => {
    await rig.run();
    rig.network.last.open();
    await rig.live(20_000);
    const say = { event_type: "close_date_updated", market_ticker: "KXBTC15M-W0-00" };
    rig.network.last.push({ type: "market_lifecycle_v2", sid: 11, seq: 1, msg: say });
    await rig.live(1500);
    const closeMs = START_MS + 300_000;
    rig.windows.broken.set("KXBTC15M-W0-00", { close_time: new Date(closeMs).toISOString() });
    await rig.live(1000);
    const moved = rig.events.find(
      (event) => event.type === "market" && event.market.closeMs === closeMs,
    );
    expect((moved?.recvMs ?? 0) - START_MS).toBe(22_000);
  });

  test("a close moved to an earlier time without any message ends the market there", async () => {
    await rig.run();
    rig.network.last.open();
    await rig.live(20_000);
    const closeMs = START_MS + 30_000;
    const close = { close_time: new Date(closeMs).toISOString() };
    rig.windows.broken.set("KXBTC15M-W0-00", close);
    await rig.live(20_000);
    rig.windows.broken.set("KXBTC15M-W0-00", { ...close, status: "finalized", result: "no" });
    await rig.live(25_000);
    expect(rig.settlements()).toMatchObject([
      { ticker: "KXBTC15M-W0-00", result: "no", final: true },
    ]);
    const deleted = rig.network.last
      .commands("update_subscription")
      .find(({ params }) => params["action"] === "delete_markets");
    expect(deleted?.params["market_tickers"]).toEqual(["KXBTC15M-W0-00"]);
  });
});
