import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { turn } from "../../adapters/platform/turn.ts";
import type { Reader } from "../../adapters/sqlite/open.ts";
import { KbtError } from "../../core/errors.ts";
import { isoTime } from "../../core/iso-time.ts";
import { mulberry32 } from "../../core/rng.ts";
import type { Ms } from "../../core/units.ts";
import { pastRows } from "../backtest/past-rows.ts";
import { shuffledAfter } from "../backtest/shuffle-future.ts";
import type { CommandContext, CommandResult } from "../context.ts";
import { createPace } from "../pace.ts";
import { type CellTask, runCell } from "./backtest-cell.ts";
import { eventsOfTask, spanOfTask } from "./backtest-days.ts";

/** Where the recording is cut, as shares of its time. */
const CUTS = [0.25, 0.5, 0.75] as const;
const SEED = 1;

interface Cut {
  readonly at_ms: Ms;
  readonly at: string;
  /** Rows decided up to there, and whether another future changed any of them. */
  readonly decisions: number;
  readonly hash: string;
  readonly changed: boolean;
}

/** `--guard`: replays with the future shuffled, and looks whether any decision of before knew of it. */
export async function guardLookAhead(
  ctx: CommandContext,
  reader: Reader,
  task: CellTask,
): Promise<CommandResult> {
  const { fromMs: first, toMs: last } = spanOfTask(task);
  const events = eventsOfTask(reader, task);
  const pace = createPace(createSystemClock(), events * (CUTS.length + 1));
  let before = 0;
  const replayed = async (cuts: readonly Ms[], shuffleMs: Ms | null) => {
    const rows = pastRows(cuts);
    const { replayed: done } = await runCell(reader, task, {
      recorder: rows.recorder,
      ...(shuffleMs === null
        ? {}
        : { through: (all) => shuffledAfter(all, shuffleMs, mulberry32(SEED)) }),
      onProgress: async (count) => {
        ctx.progress.update(`look-ahead guard: ${pace.line(before + count, "events")}`);
        await turn();
        ctx.signal.throwIfAborted();
      },
    });
    before += done.events;
    return rows.digests();
  };
  const cutsMs = CUTS.map((share) => Math.floor(first + share * (last - first)));
  const original = await replayed(cutsMs, null);
  const cuts: Cut[] = [];
  for (const [at, cutMs] of cutsMs.entries()) {
    const [shuffled] = await replayed([cutMs], cutMs);
    const own = original[at];
    if (own === undefined || shuffled === undefined) continue;
    const changed = own.hash !== shuffled.hash || own.rows !== shuffled.rows;
    cuts.push({ at_ms: cutMs, at: isoTime(cutMs), decisions: own.rows, hash: own.hash, changed });
  }
  return resultOf(cuts);
}

function resultOf(cuts: readonly Cut[]): CommandResult {
  const looked = cuts.filter(({ changed }) => changed);
  const text = cuts
    .map(
      ({ at, changed, decisions, hash }) =>
        `future shuffled after ${at}: ${decisions} earlier decisions ${changed ? "CHANGED" : "unchanged"}, hash ${hash}\n`,
    )
    .join("");
  const result = { data: { cuts }, warnings: [] };
  if (looked.length === 0) {
    return { ...result, exitCode: 0, text: `${text}no decision looks ahead\n` };
  }
  return {
    ...result,
    exitCode: 10,
    text,
    error: new KbtError({
      kind: "check",
      code: "LOOKS_AHEAD",
      message: `decisions of before ${looked[0]?.at ?? ""} depend on what came after it`,
      hint: "no figure of this backtest is to be trusted; find the strategy that does it with --strategy",
    }),
  };
}
