import { KbtError } from "../../core/errors.ts";
import type { MarketEvent } from "../../core/events.ts";
import { BLOCK_EVENTS } from "../../core/replay/input-sum.ts";
import type { Session } from "../session.ts";
import type { ChangedInput, InputCheck } from "./input-check.ts";
import type { Difference, Witness } from "./witness.ts";

/** Inputs by their number: that of `events[0]` is `from`. */
interface Stretch {
  readonly from: number;
  readonly events: readonly (MarketEvent | undefined)[];
}

/** What a replay showed. */
export interface ReplayResult {
  readonly events: number;
  readonly difference: Difference | null;
  readonly changed: ChangedInput | null;
  /** Inputs from this number on could not be read at all; null when all could. */
  readonly unreadable: { readonly fromEv: number; readonly error: KbtError } | null;
  /** Rows on file that the replay of a killed run did not reach. */
  readonly unreached: number;
}

export interface ReplayParts {
  readonly stretches: Iterable<Stretch>;
  readonly session: Session;
  readonly witness: Witness;
  /** Null for a run of before sums were kept. */
  readonly inputs: InputCheck | null;
  readonly first: number;
  /** Number of the event that tells of a run's death, which the run itself never saw. */
  readonly killed: number;
  readonly finishedMs: number | null;
  /** What reading threw, as an error of ours; a bug is thrown on. */
  toError(error: unknown): KbtError;
  /** Called after each stretch with the events so far; may throw to stop. */
  onProgress(events: number): Promise<void>;
}

/**
 * Feeds the inputs of a run through its session again; stops at the first difference, with the block of its input read out:
 * an input that was changed is the likeliest reason, and only the whole block says which.
 */
export async function replayRun(parts: ReplayParts): Promise<ReplayResult> {
  const { finishedMs, inputs, session, witness } = parts;
  const { events, isAtEnd, unreadable } = await readThrough(parts);
  const isWhole = isAtEnd && witness.difference === null;
  if (isWhole) inputs?.end();
  else if (isAtEnd) inputs?.endBlock();
  witness.current = null;
  if (isWhole && finishedMs !== null) session.finish(finishedMs);
  const unreached = isWhole ? witness.leftOver() : 0;
  const { difference } = witness;
  return { events, difference, changed: inputs?.changed ?? null, unreadable, unreached };
}

type Reading = Pick<ReplayResult, "events" | "unreadable"> & {
  /** No further input is on file; false also where it could not be read on, or need not be. */
  readonly isAtEnd: boolean;
};

async function readThrough(parts: ReplayParts): Promise<Reading> {
  const { first, witness } = parts;
  let events = 0;
  let nextEv = first;
  for (const next of readable(parts)) {
    if (next instanceof KbtError) {
      return { events, isAtEnd: false, unreadable: { fromEv: nextEv, error: next } };
    }
    events += replayStretch(parts, next);
    nextEv = next.from + next.events.length;
    await parts.onProgress(events);
    const differsAt = witness.difference?.at?.ev;
    if (differsAt !== undefined && nextEv > blockEnd(differsAt, first)) {
      return { events, isAtEnd: false, unreadable: null };
    }
  }
  return { events, isAtEnd: true, unreadable: null };
}

/** Number behind the last event of the block that an event belongs to. */
function blockEnd(ev: number, first: number): number {
  return first + (Math.floor((ev - first) / BLOCK_EVENTS) + 1) * BLOCK_EVENTS;
}

/** The stretches, and last of all what made an end of the reading. */
function* readable(parts: ReplayParts): Generator<Stretch | KbtError> {
  try {
    yield* parts.stretches;
  } catch (error) {
    yield parts.toError(error);
  }
}

/** Gives how many events there were. */
function replayStretch(parts: ReplayParts, { events, from }: Stretch): number {
  const { first, inputs, killed, session, witness } = parts;
  let count = 0;
  for (let at = 0; at < events.length; at++) {
    const event = events[at];
    const ev = from + at;
    if (event === undefined || ev === killed) continue;
    count++;
    const numbered = { ev, event };
    inputs?.add(numbered, first);
    if (witness.difference !== null) continue;
    witness.current = numbered;
    session.handle(event);
  }
  return count;
}
