import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { measureCaptureSessions } from "../../scripts/measure/models/capture-session.ts";
import { measureChain } from "../../scripts/measure/models/chain.ts";
import { measureLags } from "../../scripts/measure/models/clock.ts";
import { measureHourly } from "../../scripts/measure/models/hourly.ts";
import { readChainlink } from "../../scripts/measure/models/recordings.ts";
import { gainOf } from "../../scripts/measure/models/scoring.ts";
import { measureSynthetic } from "../../scripts/measure/models/synthetic.ts";

const DATA = resolve(import.meta.dirname, "../../../shared/data");
const FILE = "20260514T010902Z.jsonl.gz";
const isThere = existsSync(`${DATA}/kalshi/ws-btc15m/${FILE}`);

interface IndexRow {
  readonly file: string;
  readonly close_time: string;
  readonly first_recv_ns: string;
  readonly derived_result: string | null;
}

describe.skipIf(!isThere)(
  isThere ? "the table of docs/models.md" : "SKIPPED: ../shared/data absent",
  () => {
    test("one capture: a row for each second of the settled window, known outcome, prices from the book", () => {
      const run = measureCaptureSessions(DATA, { isCold: true, only: FILE });
      const index: IndexRow[] = JSON.parse(
        readFileSync(`${DATA}/kalshi/ws-btc15m/index.json`, "utf8"),
      );
      const settled = index.find((row) => row.file === FILE && row.derived_result !== null);
      const closeMs = Date.parse(settled?.close_time ?? "");
      const firstS = Math.ceil(Number(settled?.first_recv_ns) / 1e9);
      const unpriced = [...run.unpriced.values()].reduce((sum, count) => sum + count, 0);
      expect(run.windows).toBe(1);
      expect(settled?.derived_result).toBe("no");
      expect(new Set(run.rows.map(({ y }) => y))).toEqual(new Set([0]));
      // Every whole second up to the close once, and the fraction of one in which the recording began.
      expect(run.rows.length + unpriced).toBe(closeMs / 1000 - firstS + 1);
      expect(run.rows.at(-1)?.tauS).toBe(1);
      const quoted = run.rows.filter(({ p }) => Number.isFinite(p["market"])).length;
      expect(quoted).toBeGreaterThan(run.rows.length / 3);
      const [recorder] = measureLags(run.heard);
      expect(Math.abs(recorder?.bestMs ?? Number.NaN)).toBeLessThanOrEqual(300);
      expect(recorder?.best).toBeGreaterThan(0.3);
    });

    test("the averaging is worth something in the last two minutes of a day of markets on the feed itself", () => {
      const { dropped, markets, rows } = measureSynthetic(readChainlink(DATA), {
        carryS: 3,
        gridS: 5,
        closeEveryS: 900,
        minLifeS: 900,
        strikesSd: [-3, -2, -1, 0, 1, 2, 3],
        pauseS: Number.POSITIVE_INFINITY,
        cluster: "close",
      });
      expect([markets, dropped]).toEqual([88, 6]);
      const late = rows.filter(({ tauS }) => tauS <= 120);
      for (const over of ["plain", "plain, student"]) {
        const { brier, logLoss } = gainOf(late, "model", over);
        expect(logLoss.df).toBe(87);
        expect(brier.mean).toBeGreaterThan(0);
        expect(logLoss.mean).toBeGreaterThan(0);
        // One-sided 1 %.
        expect(logLoss.t).toBeGreaterThan(2.37);
      }
    });

    test("every hourly ladder has one winner, and 15-minute strikes are the values before them", () => {
      const { near, quoted, standardised } = measureHourly(DATA, "season");
      expect([near.length, quoted.length, standardised.length]).toEqual([2748, 807, 229]);
      const winners = new Map<string, number>();
      for (const { tauS, ticker, y } of near) {
        const ladder = `${ticker.slice(0, ticker.lastIndexOf("-"))} ${tauS}`;
        winners.set(ladder, (winners.get(ladder) ?? 0) + y);
      }
      expect(Math.max(...winners.values())).toBe(1);
      const { adjacent, chained, ties, windows, yes } = measureChain(DATA);
      expect([windows, yes, ties, adjacent, chained]).toEqual([449, 224, 0, 252, 252]);
    });
  },
);
