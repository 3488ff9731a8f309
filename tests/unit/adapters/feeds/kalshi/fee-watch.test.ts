import { beforeEach, describe, expect, test } from "vitest";
import { FeeWatch } from "../../../../../src/adapters/feeds/kalshi/fee-watch.ts";
import type { LifecycleFact } from "../../../../../src/adapters/kalshi/map.ts";
import { createKalshiRest } from "../../../../../src/adapters/kalshi/rest.ts";
import type { VirtualClock } from "../../../../../src/adapters/platform/virtual-clock.ts";
import type { FeeReport } from "../../../../../src/core/events.ts";
import { advance, FakeHttp, newClock, START_MS } from "../../fakes.ts";

const SERIES = "KXBTC15M";
const EVENT = "KXBTC15M-W0";
const FOLLOWED = { series: [SERIES], events: [EVENT] };
const HOUR = 3_600_000;

interface Override {
  readonly fee_type_override: string | null;
  readonly fee_multiplier_override: number | null;
}

let clock: VirtualClock;
let stop: AbortController;
let reports: FeeReport[];
let asked: string[];
let multiplier: number;
let override: Override;
let changes: readonly (readonly [atMs: number, multiplier: number])[];
let isDown: boolean;
let watch: FeeWatch;

const keep = (report: FeeReport): void => void reports.push(report);
const shown = () =>
  reports.map(({ recvMs, scope, terms }) => [
    recvMs - START_MS,
    scope,
    terms.map(({ fromMs, multiplierBps }) => [fromMs === 0 ? 0 : fromMs - START_MS, multiplierBps]),
  ]);

beforeEach(() => {
  clock = newClock();
  stop = new AbortController();
  reports = [];
  asked = [];
  multiplier = 1;
  override = { fee_type_override: null, fee_multiplier_override: null };
  changes = [];
  isDown = false;
  const http = new FakeHttp((url) => {
    const path = url.pathname.replace("/trade-api/v2", "");
    asked.push(path);
    if (isDown) return { status: 503, body: {} };
    if (path === `/series/${SERIES}`) {
      return {
        body: { series: { ticker: SERIES, fee_type: "quadratic", fee_multiplier: multiplier } },
      };
    }
    if (path === `/events/${EVENT}`) {
      return { body: { event: { event_ticker: EVENT, series_ticker: SERIES, ...override } } };
    }
    const arr = changes.map(([atMs, fee_multiplier]) => ({
      series_ticker: SERIES,
      fee_type: "quadratic",
      fee_multiplier,
      scheduled_ts: new Date(atMs).toISOString(),
    }));
    return { body: { series_fee_change_arr: arr, event_fee_changes: [], cursor: "" } };
  });
  const rest = createKalshiRest({ baseUrl: "https://h/trade-api/v2", http, clock, signer: null });
  watch = new FeeWatch(rest, clock);
});

function start(): Promise<void> {
  return watch
    .run(() => FOLLOWED, keep, stop.signal)
    .catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
}

const told = (fees: LifecycleFact["fees"]): FeeReport | null =>
  watch.told({
    event: "event_fee_update",
    ticker: EVENT,
    seriesTicker: SERIES,
    result: null,
    closeMs: null,
    fees,
  });

describe("FeeWatch", () => {
  test("reports a series once, and an event only when it has fees of its own", async () => {
    const running = start();
    await advance(clock, 3 * HOUR);
    expect(shown()).toEqual([[2000, "series", [[0, 10_000]]]]);
    // At the start and each hour.
    expect(asked.filter((path) => path === `/events/${EVENT}`)).toHaveLength(3);
    stop.abort();
    await running;
    expect(clock.nextTimerMs()).toBeNull();
  });

  test("an announced change is reported with its date, and read again after it", async () => {
    changes = [[START_MS + 600_000, 2]];
    const running = start();
    await advance(clock, 600_000);
    multiplier = 2;
    await advance(clock, 2 * HOUR);
    expect(shown()).toEqual([
      [
        2000,
        "series",
        [
          [0, 10_000],
          [600_000, 20_000],
        ],
      ],
    ]);
    // At the start, a minute after the change, an hour later.
    expect(asked.filter((path) => path === `/series/${SERIES}`)).toHaveLength(3);
    stop.abort();
    await running;
  });

  test("an announcement that did not come true is found out a minute later", async () => {
    changes = [[START_MS + 600_000, 2]];
    const running = start();
    await advance(clock, 700_000);
    expect(shown().at(-1)).toEqual([
      662_000,
      "series",
      [
        [0, 10_000],
        [600_000, 20_000],
        [662_000, 10_000],
      ],
    ]);
    stop.abort();
    await running;
  });

  test("an override told by the socket counts at once, also while the lists do not know of it", async () => {
    const running = start();
    await advance(clock, 10_000);
    expect(told({ feeType: null, multiplierBps: 5_000 })).toMatchObject({
      scope: "event",
      ticker: EVENT,
      terms: [
        { fromMs: 0, feeType: null, multiplierBps: null },
        { fromMs: START_MS + 10_000, feeType: null, multiplierBps: 5_000 },
      ],
    });
    expect(told({ feeType: null, multiplierBps: 5_000 })).toBeNull();
    expect(told(null)).toBeNull();
    watch.seen(new Map([[EVENT, { feeType: null, multiplierBps: null }]]), keep);
    await advance(clock, 40_000);
    expect(reports.map(({ scope }) => scope)).toEqual(["series"]);
    override = { fee_type_override: null, fee_multiplier_override: 0.5 };
    await advance(clock, HOUR);
    expect(reports.map(({ scope }) => scope)).toEqual(["series"]);
    // It ended, and the message of it was lost.
    override = { fee_type_override: null, fee_multiplier_override: null };
    await advance(clock, HOUR);
    expect(reports.at(-1)?.terms.map(({ multiplierBps }) => multiplierBps)).toEqual([
      null,
      5_000,
      null,
    ]);
    stop.abort();
    await running;
  });

  test("an override in a list of events is known without another request", () => {
    watch.seen(new Map([[EVENT, { feeType: "quadratic", multiplierBps: 0 }]]), keep);
    watch.seen(new Map([[EVENT, { feeType: "quadratic", multiplierBps: 0 }]]), keep);
    expect(shown()).toEqual([[0, "event", [[0, 0]]]]);
    expect(asked).toEqual([]);
  });

  test("what cannot be read is said, tried again each minute, and takes nothing away", async () => {
    const running = start();
    await advance(clock, 5_000);
    isDown = true;
    await advance(clock, HOUR);
    expect(watch.note).toMatch(/fees of KXBTC15M(-W0)? not read/);
    const before = asked.length;
    await advance(clock, 10 * 60_000);
    expect(asked.length - before).toBeGreaterThan(15);
    isDown = false;
    multiplier = 3;
    await advance(clock, 2 * 60_000);
    expect(watch.note).toBe("");
    expect(reports.at(-1)?.terms.map(({ multiplierBps }) => multiplierBps)).toEqual([
      10_000, 30_000,
    ]);
    stop.abort();
    await running;
  });

  test("what could not be read stays said until it was read", async () => {
    const running = start();
    await advance(clock, 5_000);
    isDown = true;
    await advance(clock, HOUR);
    for (let s = 0; s < 120; s += 5) {
      await advance(clock, 5_000);
      expect(watch.note).toMatch(/fees of KXBTC15M.* not read/);
    }
    stop.abort();
    await running;
  });

  test("an override of a listed event that nobody follows is told of once", async () => {
    const listed = new Map([["OTHER-W0", { feeType: null, multiplierBps: 5_000 }]]);
    for (let round = 0; round < 5; round++) {
      watch.seen(listed, keep);
      await watch.look(FOLLOWED, keep, stop.signal);
      await advance(clock, 15_000);
    }
    expect(reports.filter(({ ticker }) => ticker === "OTHER-W0")).toHaveLength(1);
    expect(asked.filter((path) => path === "/events/OTHER-W0")).toEqual([]);
    // Gone from the lists, and seen again: told of again.
    watch.seen(new Map(), keep);
    await watch.look(FOLLOWED, keep, stop.signal);
    watch.seen(listed, keep);
    expect(reports.filter(({ ticker }) => ticker === "OTHER-W0")).toHaveLength(2);
  });

  test("what is not followed any more is not asked for any more", async () => {
    let followed = FOLLOWED;
    const running = watch.run(() => followed, keep, stop.signal).catch(() => {});
    await advance(clock, 5_000);
    followed = { series: [SERIES], events: [] };
    await advance(clock, 3 * HOUR);
    expect(asked.filter((path) => path === `/events/${EVENT}`)).toHaveLength(1);
    stop.abort();
    await running;
  });
});
