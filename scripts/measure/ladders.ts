import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import {
  type Implied,
  type ImpliedLaw,
  type ImpliedShape,
  type IntervalQuote,
  impliedFromLadder,
} from "../../src/core/vol/implied.ts";
import { isObject, parseObject } from "../../src/exchange/replay/read-capture.ts";
import { mean, quantile } from "./numbers.ts";

/** All brackets of one hourly event at one moment. */
interface Ladder {
  readonly event: string;
  readonly tauS: number;
  readonly spotUsd: number;
  readonly quotes: readonly IntervalQuote[];
  /** What the event settled on, where it is known. */
  readonly settledUsd: number | null;
}

export interface LadderFitted extends Ladder {
  readonly student: Implied<ImpliedLaw>;
  readonly normal: Implied<ImpliedLaw>;
}

const STUDENT: ImpliedShape = { shape: "student", nu: 4 };
const NORMAL: ImpliedShape = { shape: "normal", nu: 4 };

export function hasLadders(data: string): boolean {
  return existsSync(path.join(data, "kalshi/hourly-brackets"));
}

/** Every recorded snapshot of a series (`KXBTC`, `KXETH`) with the law that its quotes imply. */
export function fitLadders(data: string, series: string): readonly LadderFitted[] {
  return readLadders(data, series).map((ladder) => ({
    ...ladder,
    student: impliedFromLadder({ ...ladder, law: STUDENT }),
    normal: impliedFromLadder({ ...ladder, law: NORMAL }),
  }));
}

function readLadders(data: string, series: string): Ladder[] {
  const folder = path.join(data, "kalshi/hourly-brackets");
  const settled = new Map(
    readFileSync(path.join(folder, "settlements.csv"), "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line): [string, number] => {
        const [event = "", , value] = line.split(",");
        return [event, Number(value)];
      }),
  );
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl.gz"));
  return files.flatMap((name) =>
    gunzipSync(readFileSync(path.join(folder, name)))
      .toString()
      .split("\n")
      .map(parseObject)
      .filter(isObject)
      .filter((row) => row["series"] === series)
      .flatMap((row) => ladderOf(row, settled)),
  );
}

function ladderOf(
  row: Readonly<Record<string, unknown>>,
  settled: ReadonlyMap<string, number>,
): Ladder[] {
  const { current, spot } = row;
  if (!isObject(current) || !isObject(spot) || !Array.isArray(current["outcomes"])) return [];
  const event = String(current["event_ticker"]);
  const tauMs = Date.parse(String(current["close_time"])) - Date.parse(String(row["captured_at"]));
  return [
    {
      event,
      tauS: tauMs / 1000,
      spotUsd: (Number(spot["bid"]) + Number(spot["ask"])) / 2,
      quotes: current["outcomes"].filter(isObject).map(quoteOf),
      settledUsd: settled.get(event) ?? null,
    },
  ];
}

/** Kalshi names the last cent inside a bracket as its cap, and the last one below the upper tail as its floor. */
function quoteOf(outcome: Readonly<Record<string, unknown>>): IntervalQuote {
  const [floor, cap] = [outcome["floor_strike"], outcome["cap_strike"]];
  const [bid, ask] = [Number(outcome["yes_bid"]), Number(outcome["yes_ask"])];
  const isTail = outcome["strike_type"] === "less" || outcome["strike_type"] === "greater";
  return {
    floorUsd: typeof floor === "number" ? (isTail ? aboveCent(floor) : floor) : null,
    capUsd: typeof cap === "number" ? (isTail ? cap : aboveCent(cap)) : null,
    bid: bid > 0 ? bid : null,
    ask: ask < 1 ? ask : null,
  };
}

function aboveCent(usd: number): number {
  return Math.round(usd * 100 + 1) / 100;
}

export interface LadderReport {
  readonly title: string;
  readonly snapshots: number;
  /** Fitted by both laws; what follows is of these. */
  readonly fitted: number;
  readonly studentRmseCents: number;
  readonly normalRmseCents: number;
  readonly studentBetter: number;
  readonly usedMedian: number;
  /** Implied by Student-t, basis points per √second. */
  readonly sigmaBpMedian: number;
  readonly meanAboveSpotBpMedian: number;
  /** Root mean square of settlement less implied mean in implied s.d., and how many settlements are known. */
  readonly settledZ: number;
  readonly settled: number;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** What a set of snapshots says, and how well the two laws say it. */
export function reportLadders(title: string, all: readonly LadderFitted[]): LadderReport {
  const both = all.flatMap(({ student, normal, ...ladder }) =>
    student.implied !== null && normal.implied !== null
      ? [{ ...ladder, student: student.implied, normal: normal.implied }]
      : [],
  );
  const zs = both.flatMap(({ settledUsd, student }) =>
    settledUsd === null ? [] : [(settledUsd - student.meanUsd) / student.sdUsd],
  );
  return {
    title,
    snapshots: all.length,
    fitted: both.length,
    studentRmseCents: mean(both.map(({ student }) => student.rmseCents)),
    normalRmseCents: mean(both.map(({ normal }) => normal.rmseCents)),
    studentBetter:
      both.filter(({ student, normal }) => student.rmseCents < normal.rmseCents).length /
      both.length,
    usedMedian: median(both.map(({ student }) => student.used)),
    sigmaBpMedian: median(both.map(({ student }) => student.sigma * 1e4)),
    meanAboveSpotBpMedian: median(
      both.map(({ student, spotUsd }) => 1e4 * (student.meanUsd / spotUsd - 1)),
    ),
    settledZ: Math.sqrt(mean(zs.map((z) => z * z))),
    settled: zs.length,
  };
}
