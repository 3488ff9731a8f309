import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { heapPathOf } from "./program.ts";

/** What one process looks like from outside at one moment. */
export interface Sample {
  /** Real milliseconds since the soak began. */
  readonly atMs: number;
  readonly name: string;
  /** Which start of the program this is, from 1. */
  readonly life: number;
  readonly residentMb: number;
  /** User and system time since the start of the process. */
  readonly cpuS: number;
  /** How long the main thread could have run and no core was free: what others on the machine do to the figures. */
  readonly waitedS: number;
  readonly files: number;
  readonly threads: number;
  /** Null while the page of metrics does not answer, and of the exchange, which has none. */
  readonly page: PageFigures | null;
  /** What was left of the heap when it was last collected; null before that and of the exchange. */
  readonly heldMb: number | null;
  /** What V8 had of the system for its heap then. */
  readonly pagesMb: number | null;
  readonly databaseMb: number;
  readonly walMb: number;
}

interface PageFigures {
  readonly timers: number;
  /** Everything that is open but timers. */
  readonly handles: number;
  /** Since the last look. */
  readonly lagP99Ms: number;
  readonly lagMaxMs: number;
  readonly latched: readonly string[];
}

const PAGE_BYTES = 4096;
const TICKS_PER_SECOND = 100;
const MB = 1_048_576;

export interface Watched {
  readonly pid: number;
  readonly name: string;
  readonly life: number;
  readonly port: number | null;
}

/** Null when the process has ended meanwhile. */
export async function takeSample(
  { life, name, pid, port }: Watched,
  at: { readonly atMs: number; readonly db: string; readonly folder: string },
): Promise<Sample | null> {
  const page = port === null ? null : await readPage(port);
  try {
    return {
      atMs: at.atMs,
      name,
      life,
      ...readProcess(pid),
      page,
      ...readHeap(heapPathOf(at.folder, { name, life })),
      databaseMb: sizeMb(at.db),
      walMb: sizeMb(`${at.db}-wal`),
    };
  } catch {
    return null;
  }
}

function readHeap(path: string): Pick<Sample, "heldMb" | "pagesMb"> {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const [held, pages] = text.split(" ").map((bytes) => Number(bytes) / MB);
  return text === ""
    ? { heldMb: null, pagesMb: null }
    : { heldMb: held ?? null, pagesMb: pages ?? null };
}

function readProcess(pid: number) {
  // The name of the program may hold blanks; what follows its bracket does not (proc(5), from field 3 on).
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    residentMb: (field(24) * PAGE_BYTES) / MB,
    cpuS: (field(14) + field(15)) / TICKS_PER_SECOND,
    // proc(5): time on a core, time waiting for one (nanoseconds), time slices.
    waitedS: Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[1]) / 1e9,
    threads: field(20),
    files: readdirSync(`/proc/${pid}/fd`).length,
  };
}

async function readPage(port: number): Promise<PageFigures | null> {
  let text: string;
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
      signal: AbortSignal.timeout(3000),
    });
    text = await answer.text();
  } catch {
    return null;
  }
  const gauge = (name: string, label: string): number => valuesOf(text, name).get(label) ?? 0;
  const resources = valuesOf(text, "kbt_active_resources");
  const timers = resources.get("Timeout") ?? 0;
  return {
    timers,
    handles: [...resources.values()].reduce((sum, count) => sum + count, 0) - timers,
    lagP99Ms: gauge("kbt_event_loop_lag_seconds", "p99") * 1000,
    lagMaxMs: gauge("kbt_event_loop_lag_seconds", "max") * 1000,
    latched: [...valuesOf(text, "kbt_latched").keys()],
  };
}

/** Values of a metric with one label by that label. */
function valuesOf(text: string, name: string): ReadonlyMap<string, number> {
  const lines = text.matchAll(new RegExp(`^${name}\\{\\w+="([^"]*)"\\} (\\S+)$`, "gm"));
  return new Map([...lines].map(([, label = "", value]) => [label, Number(value)]));
}

function sizeMb(path: string): number {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) / MB;
}
