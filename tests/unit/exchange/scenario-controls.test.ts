import { describe, expect, test } from "vitest";
import { createScenarioWorld } from "../../../src/exchange/scenario/scenario-world.ts";
import type {
  FloorOrder,
  Happening,
  World,
  WorldControls,
  WorldFloor,
  WorldMarket,
} from "../../../src/exchange/world.ts";

const SECOND = 1000;
const START_MS = Date.parse("2026-11-02T14:11:00Z");
const QUARTER = "KXBTC15M-26NOV020915-15";
const QUARTER_CLOSE_MS = Date.parse("2026-11-02T14:15:00Z");

class Subject {
  readonly world: World;
  readonly seen: Happening[] = [];

  constructor(seed = 1) {
    this.world = createScenarioWorld({ scenario: "fair", seed, startMs: START_MS });
  }

  get controls(): WorldControls {
    const { controls } = this.world;
    if (controls === undefined) throw new Error("no controls");
    return controls;
  }

  /** What happened during the next milliseconds. */
  run(ms: number): Happening[] {
    return this.runTo(this.world.nowMs() + ms);
  }

  runTo(atMs: number): Happening[] {
    const part: Happening[] = [];
    this.world.runUntil(atMs, (happening) => {
      part.push(happening);
      this.seen.push(happening);
    });
    return part;
  }

  market(ticker = QUARTER): WorldMarket {
    const market = this.world.market(ticker);
    if (market === undefined) throw new Error(`no market ${ticker}`);
    return market;
  }

  floor(ticker = QUARTER): WorldFloor {
    const floor = this.world.floor(ticker);
    if (floor === undefined) throw new Error(`no floor ${ticker}`);
    return floor;
  }

  statuses(ticker = QUARTER): { status: string; atMs: number }[] {
    return this.seen.flatMap((each) =>
      each.type === "status" && each.ticker === ticker
        ? [{ status: each.status, atMs: each.atMs }]
        : [],
    );
  }
}

type Kind = Happening["type"];

function about(happening: Happening, ticker: string): boolean {
  if (happening.type === "trade") return happening.trade.ticker === ticker;
  if (happening.type === "lifecycle") return happening.msg["market_ticker"] === ticker;
  return "ticker" in happening && happening.ticker === ticker;
}

function kinds(part: readonly Happening[], ticker: string): Kind[] {
  return part.filter((each) => about(each, ticker)).map((each) => each.type);
}

function messages(
  part: readonly Happening[],
  ticker = QUARTER,
): Readonly<Record<string, unknown>>[] {
  return part.flatMap((each) =>
    each.type === "lifecycle" && about(each, ticker) ? [each.msg] : [],
  );
}

describe("a pause", () => {
  const subject = new Subject();
  subject.controls.pause(2, true);
  const paused = subject.run(20 * SECOND);

  test("stops makers and takers of every market, but neither spot nor index", () => {
    const types = new Set(paused.map((each) => each.type));
    expect(types.has("delta")).toBe(false);
    expect(types.has("trade")).toBe(false);
    expect(paused.filter((each) => each.type === "index")).toHaveLength(40);
    expect(types.has("spot")).toBe(true);
  });

  test("of another shard stops nothing, and after the end everybody is back within seconds", () => {
    subject.controls.pause(1, true);
    subject.controls.pause(2, false);
    const resumed = kinds(subject.run(5 * SECOND), QUARTER);
    expect(resumed.filter((kind) => kind === "delta").length).toBeGreaterThan(5);
    expect(resumed).toContain("trade");
  });

  test("of everything ends for everything", () => {
    subject.controls.pause(null, true);
    expect(kinds(subject.run(5 * SECOND), QUARTER)).not.toContain("delta");
    subject.controls.pause(null, false);
    expect(kinds(subject.run(5 * SECOND), QUARTER)).toContain("delta");
  });

  test("does not keep a market from closing on time", () => {
    subject.controls.pause(2, true);
    subject.runTo(QUARTER_CLOSE_MS);
    expect(subject.statuses()).toEqual([{ status: "closed", atMs: QUARTER_CLOSE_MS }]);
  });
});

describe("a deactivated market", () => {
  const subject = new Subject();
  const order: FloorOrder = { orderId: "mine", side: "yes", priceCc: 10, leftCq: 500 };
  subject.floor().rest(order, () => {});
  subject.controls.deactivate(QUARTER);
  const stopped = subject.run(10 * SECOND);
  const atRest = subject.world.book(QUARTER);

  test("says so and stands still with its orders in the book", () => {
    expect(kinds(stopped, QUARTER).filter((kind) => kind !== "ticker")).toEqual([
      "status",
      "lifecycle",
    ]);
    expect(messages(stopped)).toEqual([
      { event_type: "deactivated", market_ticker: QUARTER, is_deactivated: true },
    ]);
    expect(subject.market().status).toBe("inactive");
    expect(atRest?.yes.length).toBeGreaterThan(5);
  });

  test("loses every resting order when it is activated, the client's by whoever hears of it", () => {
    subject.controls.activate(QUARTER);
    const activated: Happening[] = [];
    const { world } = subject;
    world.runUntil(world.nowMs(), (happening) => {
      activated.push(happening);
      if (happening.type === "status") {
        subject.floor().reduce(order, order.leftCq, (each) => activated.push(each));
      }
    });
    const told = activated.filter((each) => about(each, QUARTER));
    expect(told[0]).toMatchObject({ type: "status", status: "active" });
    expect(told[1]).toMatchObject({ type: "delta", orderId: "mine", deltaCq: -500 });
    expect(told.at(-1)).toMatchObject({
      msg: { event_type: "activated", market_ticker: QUARTER, is_deactivated: false },
    });
    const levels = (atRest?.yes.length ?? 0) + (atRest?.no.length ?? 0);
    const cleared = told.filter((each) => each.type === "delta" && each.deltaCq < 0);
    expect(cleared.length).toBeGreaterThanOrEqual(levels);
    expect(world.book(QUARTER)).toEqual({ yes: [], no: [] });
    const back = subject.run(10 * SECOND);
    expect(kinds(back, QUARTER)).toContain("trade");
    expect(world.book(QUARTER)?.yes.length).toBeGreaterThan(5);
  });

  test("closes on time when nobody activates it", () => {
    subject.controls.deactivate(QUARTER);
    subject.runTo(QUARTER_CLOSE_MS + 25 * SECOND);
    const { status, payoutCc } = subject.market();
    expect(status).toBe("finalized");
    expect([0, 10_000]).toContain(payoutCc);
  });
});

describe("a moved close", () => {
  test("earlier: says so, closes then, and not again at the old time", () => {
    const subject = new Subject();
    const closeMs = START_MS + 60 * SECOND;
    subject.controls.moveClose(QUARTER, closeMs - 300);
    const told = subject.run(0);
    expect(messages(told)).toEqual([
      { event_type: "close_date_updated", market_ticker: QUARTER, close_ts: closeMs / 1000 },
    ]);
    subject.runTo(QUARTER_CLOSE_MS + 30 * SECOND);
    const [closed, determined, finalized, ...more] = subject.statuses();
    expect(closed).toEqual({ status: "closed", atMs: closeMs });
    expect(determined?.status).toBe("determined");
    expect(determined?.atMs).toBeGreaterThanOrEqual(closeMs + 10 * SECOND);
    expect(determined?.atMs).toBeLessThanOrEqual(closeMs + 20 * SECOND);
    expect(finalized).toEqual({ status: "finalized", atMs: (determined?.atMs ?? 0) + SECOND });
    expect(more).toEqual([]);
    const prints = subject.seen.flatMap((each) =>
      each.type === "index" && each.indexId === "BRTI" && each.atMs === closeMs ? each.last60 : [],
    );
    const mean = prints.reduce((sum, value) => sum + Math.round(value * 100), 0) / 60;
    expect(subject.market().expirationValue).toBe((Math.round(mean) / 100).toFixed(2));
  });

  test("later: goes on trading past the old close", () => {
    const subject = new Subject();
    const closeMs = QUARTER_CLOSE_MS + 60 * SECOND;
    subject.controls.moveClose(QUARTER, closeMs);
    subject.runTo(QUARTER_CLOSE_MS);
    expect(subject.statuses()).toEqual([]);
    expect(kinds(subject.run(50 * SECOND), QUARTER)).toContain("delta");
    subject.runTo(closeMs);
    expect(subject.statuses()).toEqual([{ status: "closed", atMs: closeMs }]);
  });

  test("of one market leaves its event alone", () => {
    const subject = new Subject();
    const [one, other] = subject.world
      .markets()
      .filter((market) => market.eventTicker === "KXBTCD-26NOV0210");
    subject.controls.moveClose(one?.ticker ?? "", START_MS + 5 * SECOND);
    subject.run(6 * SECOND);
    expect(one?.status).toBe("closed");
    expect(other?.status).toBe("active");
  });
});

describe("a changed tick ladder", () => {
  const subject = new Subject(3);
  const hourly =
    subject.world.markets().find((market) => {
      const touch = subject.world.book(market.ticker)?.yes.at(-1)?.[0] ?? 0;
      return market.eventTicker === "KXBTCD-26NOV0210" && touch > 3000 && touch < 7000;
    })?.ticker ?? "";

  test("finer: every order keeps its place, and quotes appear between the old ticks", () => {
    const before = subject.world.book(hourly);
    subject.controls.changeStructure(hourly, "deci_cent");
    const told = subject.run(0);
    expect(kinds(told, hourly)).toEqual(["lifecycle"]);
    expect(messages(told, hourly)).toEqual([
      {
        event_type: "price_level_structure_updated",
        market_ticker: hourly,
        price_level_structure: "deci_cent",
        price_ranges: [{ start: "0.0000", end: "1.0000", step: "0.0010" }],
      },
    ]);
    expect(subject.market(hourly).ranges).toEqual([{ startCc: 0, endCc: 10_000, stepCc: 10 }]);
    expect(subject.world.book(hourly)).toEqual(before);
    subject.run(60 * SECOND);
    const prices = subject.world.book(hourly)?.yes.map(([cc]) => cc) ?? [];
    expect(prices.some((cc) => cc % 100 !== 0)).toBe(true);
  });

  test("coarser: what is off the new ladder is cancelled, and nothing else", () => {
    const before = subject.world.book(hourly);
    subject.controls.changeStructure(hourly, "linear_cent");
    const told = subject.run(0);
    const kept = {
      yes: before?.yes.filter(([cc]) => cc % 100 === 0),
      no: before?.no.filter(([cc]) => cc % 100 === 0),
    };
    expect(subject.world.book(hourly)).toEqual(kept);
    const cancels = told.flatMap((each) => (each.type === "delta" ? [each] : []));
    expect(cancels.length).toBeGreaterThan(0);
    expect(cancels.every((each) => each.priceCc % 100 !== 0 && each.deltaCq < 0)).toBe(true);
    expect(told[0]?.type).toBe("lifecycle");
  });
});

describe("results", () => {
  test("a late one is late by what was asked, and its value is that of the close", () => {
    const usual = new Subject();
    const late = new Subject();
    late.controls.delaySettlement(QUARTER, 90 * SECOND);
    usual.runTo(QUARTER_CLOSE_MS + 30 * SECOND);
    late.runTo(QUARTER_CLOSE_MS + 180 * SECOND);
    const determined = (subject: Subject): number =>
      subject.statuses().find((each) => each.status === "determined")?.atMs ?? 0;
    expect(determined(late)).toBe(determined(usual) + 90 * SECOND);
    expect(late.market().expirationValue).toBe(usual.market().expirationValue);
  });

  test("payout and result are there when the status says determined", () => {
    const subject = new Subject();
    let seen: unknown;
    subject.controls.forceResult(QUARTER, 3700);
    subject.world.runUntil(QUARTER_CLOSE_MS + 30 * SECOND, (happening) => {
      if (!about(happening, QUARTER)) return;
      subject.seen.push(happening);
      if (happening.type === "status" && happening.status === "determined") {
        seen = { ...subject.market() };
      }
    });
    expect(seen).toMatchObject({ result: "scalar", payoutCc: 3700, status: "determined" });
    expect(messages(subject.seen)[0]).toMatchObject({
      event_type: "determined",
      result: "scalar",
      settlement_value: "0.3700",
    });
  });

  test.each([
    ["before it is paid", 500],
    ["after it was paid", 5 * SECOND],
  ])(
    "an amended one, %s: disputed, amended, and paid when the timer has run again",
    (_, waitMs) => {
      const subject = new Subject();
      subject.controls.forceResult(QUARTER, 10_000);
      while (subject.market().payoutCc === null) subject.run(SECOND / 2);
      expect(subject.market().result).toBe("yes");
      subject.run(waitMs - SECOND / 2);
      const before = subject.statuses().length;
      subject.controls.amendResult(QUARTER, 0);
      const told = subject.run(120 * SECOND);
      const [disputed, amended, finalized, ...more] = subject.statuses().slice(before);
      expect(disputed?.status).toBe("disputed");
      expect(amended?.status).toBe("amended");
      expect(finalized).toEqual({ status: "finalized", atMs: (amended?.atMs ?? 0) + SECOND });
      expect(more).toEqual([]);
      expect(subject.market()).toMatchObject({ result: "no", payoutCc: 0 });
      expect(messages(told).map((msg) => msg["event_type"])).toEqual(["settled"]);
    },
  );
});

describe("what no lever does", () => {
  const { controls, world } = new Subject();

  test.each([
    ["an unknown market", () => controls.deactivate("KXBTC15M-NONE")],
    ["a close in the past", () => controls.moveClose(QUARTER, world.nowMs())],
    ["a payout over a dollar", () => controls.forceResult(QUARTER, 10_001)],
    ["a result before there is one", () => controls.amendResult(QUARTER, 0)],
    ["a settled market", () => controls.moveClose("KXBTC15M-26NOV020900-00", START_MS + 60_000)],
  ])("%s is refused", (_, pull) => {
    expect(pull).toThrow(RangeError);
  });
});

function scripted(stepsMs: readonly number[]): string {
  const subject = new Subject(9);
  const script: readonly (readonly [number, () => void])[] = [
    [3000, () => subject.controls.deactivate(QUARTER)],
    [8000, () => subject.controls.activate(QUARTER)],
    [20_000, () => subject.controls.pause(null, true)],
    [26_000, () => subject.controls.pause(null, false)],
    [30_000, () => subject.controls.moveClose(QUARTER, START_MS + 60_000)],
  ];
  let step = 0;
  for (const [atMs, pull] of [...script, [90_000, () => {}] as const]) {
    while (subject.world.nowMs() < START_MS + atMs) {
      const wantedMs = subject.world.nowMs() + (stepsMs[step++ % stepsMs.length] ?? 1);
      subject.runTo(Math.min(wantedMs, START_MS + atMs));
    }
    pull();
  }
  return JSON.stringify(subject.seen);
}

test("the same levers at the same times give the same story, however time is cut", () => {
  expect(scripted([7, 1300, 20_000])).toBe(scripted([1e9]));
});
