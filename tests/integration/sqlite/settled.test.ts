import fc from "fast-check";
import { expect, test } from "vitest";
import { createLedgerWriter } from "../../../src/adapters/sqlite/ledger-writer.ts";
import { openReader, type Reader } from "../../../src/adapters/sqlite/open.ts";
import { cashByMode, listLedger, pnl } from "../../../src/adapters/sqlite/queries/ledger.ts";
import { pastTrading } from "../../../src/adapters/sqlite/queries/past-trading.ts";
import { listPaid, listPositions } from "../../../src/adapters/sqlite/queries/positions.ts";
import type { SqliteRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import type { LedgerRecord, Ruling } from "../../../src/core/records.ts";
import { firstLeg, INDEX_AVERAGE, nextLeg } from "../../../src/core/settle-legs.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aFill, aMarket } from "../../support/builders.ts";
import { MARKET, Settling } from "../../support/settling.ts";
import { anOpportunity, anOrder, aRecorder, tempDb } from "./support.ts";

// Settled positions on file: what runs that follow one another and a cron job beside them write together.

const { closeMs: CLOSE_MS, ticker: TICKER } = MARKET;
const FEE = 175_000;
const COST = 5_000_000 + FEE;

interface Account {
  readonly path: string;
  readonly runs: SqliteRecorder[];
}

function run(path: string): SqliteRecorder {
  const about = { version: "0.1.0", config: {}, command: "paper", accountKey: "paper s" };
  return aRecorder(path, "paper", { run: { mode: "paper", startedMs: 900_000, ...about } });
}

/** A run that holds ten YES at 50 cents. */
function holding(): Account {
  const path = tempDb();
  const recorder = run(path);
  recorder.event({ type: "market", market: aMarket(), recvMs: 900_000 });
  const row = anOpportunity(recorder, 1, { decision: "trade", ticker: TICKER });
  recorder.opportunity(row);
  recorder.order(anOrder(row.opportunityId, { ticker: TICKER, strategy: "s" }));
  recorder.fill(aFill({ orderId: anOrder(1).orderId }));
  return { path, runs: [recorder] };
}

function read<T>(path: string, work: (reader: Reader) => T): T {
  const reader = openReader(path);
  try {
    return work(reader);
  } finally {
    reader.close();
  }
}

const ruling = (yesPayout: number, more: Partial<Ruling> = {}): Ruling => ({
  ticker: TICKER,
  result: yesPayout === 0 ? "no" : yesPayout === 10_000 ? "yes" : "scalar",
  yesPayout: price(yesPayout),
  isFinal: false,
  source: "kalshi",
  expirationValue: null,
  atMs: CLOSE_MS + 1_000,
  ...more,
});
const HELD = { ticker: TICKER, qty: qty(1_000), cost: money(COST), strategy: "s" };

/** Every settle leg of the market, oldest first. */
const legsOf = (path: string) =>
  read(path, (reader) => listLedger(reader, { ticker: TICKER }).toReversed()).filter(
    ({ action }) => action === "settle",
  );

const sum = (legs: readonly Pick<LedgerRecord, "cost">[]) =>
  legs.reduce((total, { cost }) => total - cost, 0);

test("a running session and cron each book what the other has not", async () => {
  const { path, runs } = holding();
  const [session] = runs;
  const writer = createLedgerWriter({ path, env: "sim" });
  const owner = { mode: "paper", runId: session?.runId ?? 0 } as const;
  const own = firstLeg(HELD, ruling(10_000));
  session?.ledger(own.leg);
  // Cron knows of no leg and sees the final result, which is another one.
  const final = ruling(0, { isFinal: true });
  expect(writer.appendLedger(firstLeg(HELD, final).leg, owner)).toBe(true);
  expect(writer.appendLedger(firstLeg(HELD, final).leg, owner)).toBe(false);
  // The session sees it a moment later, and then what was said before it once more.
  const late = nextLeg(own.paid, final)?.leg;
  if (late !== undefined) session?.ledger(late);
  session?.ledger(firstLeg(HELD, ruling(10_000)).leg);
  session?.ledger(firstLeg(HELD, ruling(10_000, { source: INDEX_AVERAGE })).leg);
  expect(legsOf(path)).toMatchObject([
    { qty: 1_000, cost: -10_000_000, pnl: 10_000_000 - COST, status: "yes", provisional: 1 },
    { qty: 0, cost: 10_000_000, pnl: -10_000_000, status: "no", provisional: 0 },
  ]);
  read(path, (reader) => {
    expect(listPositions(reader)).toEqual([]);
    expect(listPositions(reader, { all: true })).toMatchObject([{ qty: 0, realized: -COST }]);
    expect(pnl(reader, "strategy")).toMatchObject([{ closed: 1, wins: 0, losses: 1, pnl: -COST }]);
    expect(cashByMode(reader)).toMatchObject([{ cash: 0, pnl: -COST }]);
    expect(listPaid(reader)).toMatchObject([{ paid: { cost: COST, payout: 0, strategy: "s" } }]);
  });
  writer.close();
  await session?.close(0);
});

test("legs of earlier versions, which said no more than YES or NO, count as final", async () => {
  const { path, runs } = holding();
  const { ruling: by, ...leg } = firstLeg(HELD, ruling(10_000)).leg;
  runs[0]?.ledger({ ...leg, payload: { expiration_value: by?.expirationValue } });
  read(path, (reader) => {
    expect(listPaid(reader)).toMatchObject([
      { paid: { ruling: { isFinal: true, yesPayout: 10_000 }, cost: COST, payout: 10_000_000 } },
    ]);
  });
  await runs[0]?.close(0);
});

test("a run goes on from what was settled within a day, in order of time", async () => {
  const { path, runs } = holding();
  runs[0]?.ledger(firstLeg(HELD, ruling(10_000)).leg);
  await runs[0]?.close(0);
  const past = (nowMs: number) =>
    read(path, (reader) =>
      pastTrading(reader, { account: runs[0]?.runId ?? 0, mode: "paper" }, nowMs),
    );
  expect(past(CLOSE_MS + 2_000)).toMatchObject({
    fills: [{ isOpen: false }],
    settled: [{ ruling: { isFinal: false }, yesQty: 1_000, cost: COST, payout: 10_000_000 }],
    losses: [],
  });
  // Before it happened, and long after.
  expect(past(CLOSE_MS).settled).toEqual([]);
  expect(past(CLOSE_MS + 86_402_000).settled).toEqual([]);
});

/** Somebody hears a result; `index` is our own average, which is asked where nothing was heard. */
interface Hearing {
  readonly by: "run" | "cron";
  readonly payout: number;
  readonly of: "index" | "determined" | "final";
}
const RANK = { index: 0, determined: 1, final: 2 } as const;

/** What stands once something new was heard: nothing provisional takes a final result back. */
const stands = (heard: Hearing, before: Hearing | null): Hearing =>
  before === null || RANK[heard.of] >= RANK[before.of] ? heard : before;

const hearing: fc.Arbitrary<Hearing> = fc.oneof(
  fc.constant({ by: "run", payout: 10_000, of: "index" } as const),
  fc.record({
    by: fc.constantFrom("run" as const, "cron" as const),
    payout: fc.constantFrom(0, 10_000, 2_500),
    of: fc.constantFrom("determined" as const, "final" as const),
  }),
);
const drawnSteps = fc.array(fc.oneof(fc.constant("restart" as const), hearing), {
  minLength: 1,
  maxLength: 10,
});

/** An account whose runs follow one another, and a cron job beside them. */
class Shared {
  readonly path: string;
  readonly #account: number;
  #run: SqliteRecorder;
  #story = new Settling().buy("yes");
  #nowMs = CLOSE_MS + 1_000;
  /** What the run heard last, or found on file. */
  #known: Hearing | null = null;

  constructor() {
    const { path, runs } = holding();
    const [first] = runs;
    if (first === undefined) throw new Error("no run");
    this.path = path;
    this.#run = first;
    this.#account = first.runId;
  }

  async restart(onFile: Hearing | null): Promise<void> {
    this.#known = onFile;
    await this.#run.close(0);
    this.#run = run(this.path);
    const of = { account: this.#account, mode: "paper" } as const;
    this.#story = new Settling({ past: read(this.path, (r) => pastTrading(r, of, this.#nowMs)) });
  }

  /** False when it was no news to the run: what somebody else wrote in between is then for `ledger settle` to set right. */
  hear(heard: Hearing): boolean {
    const { by, of, payout } = heard;
    this.#nowMs += 1_000;
    const source = of === "index" ? INDEX_AVERAGE : "kalshi";
    const isFinal = of === "final";
    const said = ruling(payout, { isFinal, source, atMs: this.#nowMs });
    if (by === "cron") {
      cron(this.path, this.#account, said);
      return true;
    }
    const before = this.#known;
    this.#known = stands(heard, before);
    const { atMs, expirationValue, result, ticker, yesPayout } = said;
    this.#story.legs.length = 0;
    this.#story.step({
      type: "settlement",
      ticker,
      eventTicker: MARKET.eventTicker,
      result,
      yesPayout,
      expirationValue,
      settledMs: atMs,
      final: isFinal,
      source,
      recvMs: atMs,
    });
    for (const leg of this.#story.legs) this.#run.ledger(leg);
    return before?.of !== of || before.payout !== payout;
  }

  async end(): Promise<void> {
    await this.#run.close(0);
  }
}

test("whoever says what in whatever order, all legs together are what the newest result pays", async () => {
  await fc.assert(
    fc.asyncProperty(drawnSteps, async (steps) => {
      const shared = new Shared();
      // Of who hears everything.
      let newest: Hearing | null = null;
      for (const one of steps) {
        if (one === "restart") await shared.restart(newest);
        else if (one.of !== "index" || newest === null) {
          if (shared.hear(one)) newest = stands(one, newest);
        }
        const legs = legsOf(shared.path);
        expect(sum(legs)).toBe((newest?.payout ?? 0) * 1_000);
        expect(legs.filter(({ qty: count }) => count > 0)).toHaveLength(newest === null ? 0 : 1);
      }
      await shared.end();
      const [position] = read(shared.path, (reader) => listPositions(reader, { all: true }));
      expect(position?.realized).toBe(newest === null ? 0 : newest.payout * 1_000 - COST);
    }),
    {
      numRuns: 20,
      examples: [
        [
          [
            { by: "run", payout: 10_000, of: "index" },
            { by: "cron", payout: 0, of: "determined" },
            { by: "run", payout: 10_000, of: "determined" },
            "restart",
          ],
        ],
      ],
    },
  );
});

/** `ledger settle`, as often as one likes. */
function cron(path: string, account: number, by: Ruling): void {
  const writer = createLedgerWriter({ path, env: "sim" });
  const owner = { mode: "paper", runId: account } as const;
  for (let n = 0; n < 3; n++) {
    const [found] = read(path, (reader) => listPaid(reader));
    const leg = found === undefined ? firstLeg(HELD, by).leg : nextLeg(found.paid, by)?.leg;
    if (leg !== undefined) expect(writer.appendLedger(leg, owner)).toBe(n === 0);
  }
  writer.close();
}
