import { growthOf } from "./figures.ts";
import type { Life } from "./program.ts";
import type { Sample } from "./sample.ts";

/** What the soak asks for; growth is an hour of real time. */
const MEMORY_MB_PER_HOUR = 2;
const FLAT_PER_HOUR = 2;
const WAL_MB = 64;
const LAG_MS = 50;
/** The start of a program is a few late timers; of a short life they are more than one in a hundred. */
const LAG_MINUTES_MIN = 1;
/** A slope over less than this after the warm-up says nothing. */
const SHORT_MS = 900_000;

export interface Account {
  readonly samples: readonly Sample[];
  readonly lives: readonly Life[];
  readonly warmUpMs: number;
  /** Programs of which the targets are asked; the exchange is only looked at. */
  readonly names: readonly string[];
}

interface Target {
  readonly what: string;
  readonly isMet: boolean;
  readonly found: string;
}

interface LifeFigures {
  readonly name: string;
  readonly life: number;
  readonly isShort: boolean;
  readonly minutes: number;
  readonly cpuS: number;
  readonly cpuShare: number;
  readonly waitedS: number;
  readonly files: ReturnType<typeof growthOf>;
  readonly resident: ReturnType<typeof growthOf>;
  readonly heap: ReturnType<typeof growthOf>;
  readonly pages: ReturnType<typeof growthOf>;
  readonly timers: ReturnType<typeof growthOf>;
  readonly handles: ReturnType<typeof growthOf>;
  readonly end: Life | undefined;
}

function livesOf({ lives, samples, warmUpMs }: Account): readonly LifeFigures[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = `${sample.name} ${sample.life}`;
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return [...groups.values()].flatMap((all) => {
    const [first, last] = [all[0], all.at(-1)];
    if (first === undefined || last === undefined) return [];
    const warm = all.filter(({ atMs }) => atMs >= first.atMs + warmUpMs);
    const lastedMs = last.atMs - first.atMs;
    return {
      name: first.name,
      life: first.life,
      isShort: lastedMs < warmUpMs + SHORT_MS,
      minutes: lastedMs / 60_000,
      cpuS: last.cpuS,
      waitedS: last.waitedS,
      cpuShare: lastedMs === 0 ? 0 : ((last.cpuS - first.cpuS) / lastedMs) * 100_000,
      resident: growthOf(warm, ({ residentMb }) => residentMb),
      heap: growthOf(warm, ({ heldMb }) => heldMb ?? undefined),
      pages: growthOf(warm, ({ pagesMb }) => pagesMb ?? undefined),
      files: growthOf(warm, ({ files }) => files),
      timers: growthOf(warm, ({ page }) => page?.timers),
      handles: growthOf(warm, ({ page }) => page?.handles),
      end: lives.find(({ life, name }) => name === first.name && life === first.life),
    };
  });
}

/** The table of all lives, one block each. */
export function tableOf(account: Account): readonly string[] {
  return livesOf(account).flatMap((life) => {
    const { cpuS, cpuShare, end, isShort, minutes, name, waitedS } = life;
    const samples = account.samples.filter((one) => one.name === name && one.life === life.life);
    const lags = samples.flatMap(({ page }) => page?.lagP99Ms ?? []).toSorted((a, b) => a - b);
    const whole =
      end?.lag == null
        ? "not told"
        : `p50 ${number(end.lag.p50)}  p99 ${number(end.lag.p99)}  max ${number(end.lag.max)} ms`;
    return [
      `${name}, life ${life.life}: ${number(minutes)} min${isShort ? " (too short for slopes)" : ""}, ` +
        `CPU ${number(cpuS)} s (${number(cpuShare)} % of a core), waited ${number(waitedS)} s for one, ${ending(end)}`,
      growthLine("resident MB", life.resident),
      growthLine("heap MB", life.heap),
      growthLine("V8's pages MB", life.pages),
      growthLine("open files", life.files),
      growthLine("timers", life.timers),
      growthLine("other handles", life.handles),
      ...(lags.length === 0
        ? []
        : [
            `  ${"loop lag".padEnd(14)} ${whole}; p99 of a look: middle ${number(at(lags, 0.5))}, ` +
              `19 of 20 under ${number(at(lags, 0.95))}, worst ${number(at(lags, 1))} ms`,
          ]),
    ];
  });
}

function ending(end: Life | undefined): string {
  if (end === undefined) return "stopped last";
  const words = end.lastLines.filter((line) => line !== "");
  return `exit ${end.code ?? "by signal"}${words.length === 0 || end.code === 0 ? "" : `: ${words.join(" | ")}`}`;
}

function growthLine(what: string, growth: ReturnType<typeof growthOf>): string {
  if (growth === null) return `  ${what.padEnd(14)} not seen after the warm-up`;
  const { first, floorSlope, last, least, most, slope } = growth;
  const slopes = [slope, floorSlope].map((one) => (one === null ? "–" : number(one)));
  return (
    `  ${what.padEnd(14)} ${number(first)} → ${number(last)} (${number(least)} to ${number(most)}), ` +
    `an hour ${slopes[0]}, of the floors ${slopes[1]}`
  );
}

/** Every target with what was found. */
export function targetsOf(account: Account): readonly Target[] {
  const all = livesOf(account).filter(({ name }) => account.names.includes(name));
  const wal = Math.max(0, ...account.samples.map(({ walMb }) => walMb));
  const lives = account.lives.filter(({ name }) => account.names.includes(name));
  const lags = all.flatMap(({ end, life, minutes, name }) =>
    end?.lag == null || minutes < LAG_MINUTES_MIN ? [] : [{ lag: end.lag, life, name }],
  );
  const alarms = lives.flatMap(({ alarms: lines }) => lines);
  const crashes = lives.filter(({ code }) => code === 1 || code === null);
  const late = lags.filter(({ lag }) => lag.p99 >= LAG_MS);
  return [
    grows(all, account.names, "resident", MEMORY_MB_PER_HOUR),
    grows(all, account.names, "heap", MEMORY_MB_PER_HOUR),
    grows(all, account.names, "files", FLAT_PER_HOUR),
    grows(all, account.names, "timers", FLAT_PER_HOUR),
    grows(all, account.names, "handles", FLAT_PER_HOUR),
    { what: `WAL ≤ ${WAL_MB} MB`, isMet: wal <= WAL_MB, found: `${number(wal)} MB at most` },
    {
      what: `loop lag p99 < ${LAG_MS} ms`,
      isMet:
        late.length === 0 && account.names.every((name) => lags.some((one) => one.name === name)),
      found: lags.map(({ lag, name, life }) => `${name} ${life}: ${number(lag.p99)}`).join(", "),
    },
    {
      what: "nothing unhandled",
      isMet: alarms.length + crashes.length === 0,
      found: [...alarms, ...crashes.map(({ code, name }) => `${name} exit ${code}`)]
        .slice(0, 5)
        .join(" | "),
    },
  ];
}

/** Of every program at least one life must be long enough, and each that is must not grow faster than the limit. */
function grows(
  all: readonly LifeFigures[],
  names: readonly string[],
  figure: "resident" | "heap" | "files" | "timers" | "handles",
  limit: number,
): Target {
  const judged = all.flatMap((one) => {
    const slope = one.isShort ? null : (one[figure]?.floorSlope ?? null);
    return slope === null ? [] : [{ ...one, slope }];
  });
  const missing = names.filter((name) => judged.every((one) => one.name !== name));
  return {
    what: `${figure}: floors grow by less than ${limit} an hour`,
    isMet: missing.length === 0 && judged.every(({ slope }) => slope < limit),
    found: [
      ...judged.map(({ life, name, slope }) => `${name} ${life}: ${number(slope)}`),
      ...missing.map((name) => `${name}: no life long enough`),
    ].join(", "),
  };
}

function at(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? 0;
}

export function number(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1);
}
