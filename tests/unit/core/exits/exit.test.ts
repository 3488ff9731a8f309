import { describe, expect, test } from "vitest";
import { type Exit, type ExitSight, nextExitStep } from "../../../../src/core/exits/exit.ts";
import { price, qty } from "../../../../src/core/units.ts";

const START = 1_000_000;
/** Tenths of a cent at both ends, whole cents between them. */
const TAPERED = [
  { start: price(0), end: price(1_000), step: 10 },
  { start: price(1_000), end: price(9_000), step: 100 },
  { start: price(9_000), end: price(10_000), step: 10 },
];

const exit = (overrides: Partial<Exit> = {}): Exit => ({
  terms: { reason: "stop_loss", floor: price(2_000), maxMs: 60_000, maxAttempts: 5 },
  committedMs: START,
  opportunityId: 7,
  state: "working",
  attempts: 0,
  orderId: null,
  triedMs: START,
  ...overrides,
});

const sight = (overrides: Partial<ExitSight> = {}): ExitSight => ({
  nowMs: START,
  held: qty(1_000),
  bid: price(6_000),
  ranges: [{ start: price(0), end: price(10_000), step: 100 }],
  isClosed: false,
  ...overrides,
});

describe("nextExitStep", () => {
  const CASES: [
    name: string,
    exit: Partial<Exit>,
    sight: Partial<ExitSight>,
    step: ReturnType<typeof nextExitStep>,
  ][] = [
    ["sells all of it at the bid", {}, {}, { type: "sell", limit: price(6_000), qty: qty(1_000) }],
    [
      "sells what is left of a contract",
      {},
      { held: qty(37) },
      { type: "sell", limit: price(6_000), qty: qty(37) },
    ],
    [
      "waits for the order that is under way",
      { orderId: "o1", attempts: 5 },
      { isClosed: true },
      { type: "wait", why: "order_under_way" },
    ],
    [
      "is done when nothing is held",
      {},
      { held: qty(0) },
      { type: "end", state: "flat", why: "stop_loss" },
    ],
    ["waits where nobody bids", {}, { bid: null }, { type: "wait", why: "no_bid" }],
    [
      "does not sell below its floor",
      {},
      { bid: price(1_900) },
      { type: "wait", why: "below_floor" },
    ],
    [
      "reaches a step further down with each order",
      { attempts: 2 },
      { nowMs: START + 5_000 },
      { type: "sell", limit: price(5_800), qty: qty(1_000) },
    ],
    [
      "but not further than three",
      { attempts: 4 },
      { nowMs: START + 5_000 },
      { type: "sell", limit: price(5_700), qty: qty(1_000) },
    ],
    [
      "nor below the floor",
      { attempts: 4 },
      { nowMs: START + 5_000, bid: price(2_100) },
      { type: "sell", limit: price(2_000), qty: qty(1_000) },
    ],
    [
      "nor below nothing",
      { attempts: 4, terms: { reason: "r", floor: price(0), maxMs: 60_000, maxAttempts: 9 } },
      { nowMs: START + 5_000, bid: price(100) },
      { type: "sell", limit: price(100), qty: qty(1_000) },
    ],
    [
      "nor off the grid, where wider steps begin below the bid",
      { attempts: 3 },
      { nowMs: START + 5_000, bid: price(9_010), ranges: TAPERED },
      { type: "sell", limit: price(9_000), qty: qty(1_000) },
    ],
    [
      "rests a second between orders",
      { attempts: 1 },
      { nowMs: START + 999 },
      { type: "wait", why: "pause" },
    ],
    [
      "ends after its last order",
      { attempts: 5 },
      { nowMs: START + 5_000 },
      { type: "end", state: "stranded", why: "attempts_used_up" },
    ],
    [
      "ends when its time is over",
      {},
      { nowMs: START + 60_000 },
      { type: "end", state: "stranded", why: "time_used_up" },
    ],
    [
      "and says when the floor was the reason",
      {},
      { nowMs: START + 60_000, bid: price(1_900) },
      { type: "end", state: "stranded", why: "below_floor" },
    ],
    [
      "ends with the market",
      {},
      { isClosed: true },
      { type: "end", state: "stranded", why: "market_closed" },
    ],
  ];

  test.each(CASES)("%s", (_, exitLike, sightLike, step) => {
    expect(nextExitStep(exit(exitLike), sight(sightLike))).toEqual(step);
  });
});
