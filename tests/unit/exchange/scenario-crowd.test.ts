import { describe, expect, test } from "vitest";
import { Agenda } from "../../../src/exchange/agenda.ts";
import { LevelBook } from "../../../src/exchange/matching/level-book.ts";
import { gridOf } from "../../../src/exchange/matching/price-grid.ts";
import { Rng } from "../../../src/exchange/random.ts";
import { closeBook } from "../../../src/exchange/scenario/close-burst.ts";
import { Crowd, type Outlook } from "../../../src/exchange/scenario/crowd.ts";
import { drawStyle, Maker } from "../../../src/exchange/scenario/maker.ts";
import { drawSize } from "../../../src/exchange/scenario/order-size.ts";
import { paceOf } from "../../../src/exchange/scenario/pace.ts";
import type { Happening } from "../../../src/exchange/world.ts";
import { tinyMarket } from "../../support/tiny-world.ts";

type Delta = Extract<Happening, { type: "delta" }>;

const SIZES = {
  favourites: [[10, 0.5]],
  others: { median: 60, spread: 1, low: 1, high: 500 },
  fractionalShare: 0.2,
} as const;

function rig(owners = 1) {
  const deltas: Delta[] = [];
  const book = new LevelBook({
    ticker: "M",
    grid: gridOf("tapered_deci_cent"),
    owners,
    nowMs: () => 0,
    tradeId: () => "t",
    emit: (happening) => {
      if (happening.type === "delta") deltas.push(happening);
    },
  });
  return { book, deltas };
}

function makerRig() {
  const { book, deltas } = rig();
  const kind = { halfSpreadCc: 50, levels: 4, size: 75, patienceCc: 60, reactionMs: 200 };
  const style = { ...drawStyle(kind, new Rng(3)), halfSpreadCc: 50, offsetCc: 0, patienceCc: 60 };
  const maker = new Maker({ book, owner: 0 }, style, SIZES, new Rng(4));
  maker.retreat(5000, 1, 0);
  maker.advance(5000, 1, 0);
  return { book, maker, deltas };
}

describe("a maker", () => {
  test("quotes a ladder of equal orders below the estimate on both sides", () => {
    const { book } = makerRig();
    const ladder = [4600, 4700, 4800, 4900].map((cc) => [cc, 7500]);
    expect(book.read()).toEqual({ yes: ladder, no: ladder });
  });

  test("moves whole orders when the estimate moves: as much taken from one price as put at another", () => {
    const { book, maker, deltas } = makerRig();
    deltas.length = 0;
    maker.retreat(4800, 1, 1);
    maker.advance(4800, 1, 1);
    expect(book.read().yes).toEqual([4400, 4500, 4600, 4700].map((cc) => [cc, 7500]));
    expect(book.read().no).toEqual([4800, 4900, 5000, 5100].map((cc) => [cc, 7500]));
    expect(deltas).toHaveLength(8);
    for (let at = 0; at < deltas.length; at += 2) {
      const [from, to] = [deltas[at], deltas[at + 1]];
      expect(from?.deltaCq).toBe(-7500);
      expect(to).toMatchObject({ deltaCq: 7500, side: from?.side });
    }
  });

  test("feels no urge until the estimate has moved by more than its patience", () => {
    const { maker } = makerRig();
    expect(maker.urge(5059, 1)).toBe(0);
    expect(maker.urge(5061, 1)).toBe(1 / 200);
    expect(maker.urge(5061, 4)).toBe(0);
  });

  test("does not bid into the other side's quotes", () => {
    const { book, maker } = makerRig();
    // Somebody's NO bid at 60 cents: YES is on offer at 40.
    book.rest({ orderId: "a", side: "no", priceCc: 6000, leftCq: 100 }, () => {});
    maker.retreat(4000, 1, 1);
    maker.advance(6000, 1, 1);
    expect(book.read().yes.at(-1)?.[0]).toBe(3900);
  });
});

function outlook(atMs: number, centerCc: number): Outlook {
  const tauS = 900 - atMs / 1000;
  return { centerCc, tauS, left: tauS / 900, atMs };
}

test("a crowd at work for ten minutes leaves a book that is two-sided, uncrossed and no deeper than at first", () => {
  const pace = paceOf(tinyMarket());
  const { book, deltas } = rig(Crowd.owners(pace));
  const crowd = new Crowd(book, pace, new Rng(5));
  crowd.requote(outlook(0, 5000));
  crowd.placeFar(outlook(0, 5000));
  const total = (): number => book.sizeTo("yes", 0) + book.sizeTo("no", 0);
  const [before, rng] = [total(), new Rng(6)];
  let [center, crossed, turns] = [5000, 0, 0];
  for (let ms = 0; ms < 600_000; ms += rng.wait(crowd.waitMs())) {
    center = Math.min(8000, Math.max(2000, center + 15 * rng.normal()));
    crowd.work(outlook(ms, center));
    turns++;
    expect(book.best("yes")).toBeGreaterThan(0);
    expect(book.best("no")).toBeGreaterThan(0);
    if (book.highestPassive("yes") < book.best("yes")) crossed++;
  }
  expect(turns).toBeGreaterThan(10_000);
  expect(deltas.length).toBeGreaterThan(turns);
  expect(crossed).toBe(0);
  expect(total()).toBeLessThan(before);
  expect(total()).toBeGreaterThan(before / 5);
});

test("order sizes: favourites by their share, the rest spread and partly fractional", () => {
  const rng = new Rng(7);
  const sizes = Array.from({ length: 4000 }, () => drawSize(rng, SIZES));
  const others = sizes.filter((cq) => cq !== 1000);
  expect(others.length / sizes.length).toBeGreaterThan(0.46);
  expect(others.length / sizes.length).toBeLessThan(0.54);
  const fractional = others.filter((cq) => cq % 100 !== 0).length / others.length;
  expect(fractional).toBeGreaterThan(0.16);
  expect(fractional).toBeLessThan(0.24);
  expect(Math.min(...others)).toBeGreaterThanOrEqual(100);
  expect(Math.max(...others)).toBeLessThanOrEqual(50_000);
});

interface Close {
  readonly deltas: readonly Delta[];
  readonly emptyMs: readonly number[];
  readonly levels: number;
}

function closed(seed: number): Close {
  const { book, deltas } = rig(2);
  for (const owner of [0, 1]) {
    for (let index = 10; index < 40; index++) book.add({ side: "yes", owner, index }, 100, 0);
  }
  deltas.length = 0;
  const agenda = new Agenda(1_000_000);
  const emptyMs: number[] = [];
  closeBook(book, {
    agenda,
    rng: new Rng(seed),
    closeMs: 1_000_000,
    tellEmpty: (atMs) => emptyMs.push(atMs - 1_000_000),
  });
  while (agenda.nextMs() < Number.POSITIVE_INFINITY) agenda.runNext();
  return { deltas, emptyMs, levels: book.levels("yes").length };
}

describe("after the close", () => {
  const closes = Array.from({ length: 60 }, (_, seed) => closed(seed));
  const bursts = closes.filter(({ deltas }) => deltas.length > 10);

  test("most books are cancelled order by order in one millisecond, best price first", () => {
    expect(bursts.length).toBeGreaterThan(30);
    expect(bursts.length).toBeLessThan(50);
    for (const { deltas, levels, emptyMs } of bursts) {
      expect(deltas).toHaveLength(60);
      expect(levels).toBe(0);
      expect(new Set(deltas.map(({ atMs }) => atMs)).size).toBe(1);
      expect((deltas[0]?.atMs ?? 0) - 1_000_000).toBeLessThan(850);
      const prices = deltas.map(({ priceCc }) => priceCc);
      expect(prices).toEqual(prices.toSorted((a, b) => b - a));
      expect(emptyMs).toHaveLength(1);
      expect(emptyMs[0]).toBeGreaterThan(6000);
    }
  });

  test("the others stand until the empty book, which comes within a second and may come again", () => {
    const others = closes.filter((each) => !bursts.includes(each));
    for (const { deltas, levels, emptyMs } of others) {
      expect(deltas).toHaveLength(4);
      expect(levels).toBeGreaterThan(26);
      expect(emptyMs[0]).toBeLessThan(1000);
    }
    const counts = new Set(others.map(({ emptyMs }) => emptyMs.length));
    expect([...counts].toSorted((a, b) => a - b)).toEqual([1, 2]);
  });
});
