import type { Agenda } from "../agenda.ts";
import type { LevelBook, Side } from "../matching/level-book.ts";
import type { Rng } from "../random.ts";

const SIDES: readonly Side[] = ["yes", "no"];

/** The ends of the KXBTC15M windows captured in May 2026: six closes, four of them with a burst. */
type Range = readonly [from: number, to: number];

const CLOSE: {
  readonly burstShare: number;
  readonly earlyShare: number;
  readonly earlyMs: Range;
  readonly lateMs: Range;
  readonly strays: number;
  readonly strayMs: Range;
  readonly emptyAfterBurstMs: Range;
  readonly emptyAtOnceMs: Range;
  readonly againShare: number;
  readonly againMs: Range;
} = {
  burstShare: 2 / 3,
  /** The one moment of all the cancels: once early, three times just before the last delta ever seen, 0.85 s. */
  earlyShare: 0.25,
  earlyMs: [170, 330],
  lateMs: [815, 835],
  /** Orders that go by themselves in a close without a burst. */
  strays: 4,
  strayMs: [2, 775],
  /** The empty book: at once where nothing was cancelled one by one. */
  emptyAfterBurstMs: [6400, 7600],
  emptyAtOnceMs: [780, 980],
  /** A second empty snapshot of a close without a burst. */
  againShare: 0.5,
  againMs: [4000, 6000],
};

interface Closing {
  readonly agenda: Agenda;
  readonly rng: Rng;
  readonly closeMs: number;
  /** Tells of an empty book; the first time for good. */
  readonly tellEmpty: (atMs: number) => void;
}

/**
 * What the exchange does with the book after the close: usually it cancels order by order, best price first, all within
 * one millisecond, and sends the empty book seconds later; else the empty book comes at once and stands for everything.
 */
export function closeBook(book: LevelBook, closing: Closing): void {
  const { agenda, rng, closeMs, tellEmpty } = closing;
  const isBurst = rng.chance(CLOSE.burstShare);
  if (isBurst) {
    const from = rng.chance(CLOSE.earlyShare) ? CLOSE.earlyMs : CLOSE.lateMs;
    agenda.once(closeMs + rng.between(...from), (atMs) => clearAll(book, atMs));
  } else {
    for (let count = 0; count < CLOSE.strays; count++) {
      agenda.once(closeMs + rng.between(...CLOSE.strayMs), (atMs) => cancelOne(book, rng, atMs));
    }
  }
  const emptyMs = isBurst ? CLOSE.emptyAfterBurstMs : CLOSE.emptyAtOnceMs;
  agenda.once(closeMs + rng.between(...emptyMs), (atMs) => {
    tellEmpty(atMs);
    if (!isBurst && rng.chance(CLOSE.againShare)) {
      agenda.once(atMs + rng.between(...CLOSE.againMs), tellEmpty);
    }
  });
}

function clearAll(book: LevelBook, atMs: number): void {
  for (const side of SIDES) {
    for (const index of book.levels(side).toReversed()) book.clearLevel(side, index, atMs);
  }
}

function cancelOne(book: LevelBook, rng: Rng, atMs: number): void {
  const side: Side = book.best("yes") > book.best("no") ? "yes" : "no";
  const levels = book.levels(side);
  const index = levels[rng.below(Math.max(1, levels.length))];
  if (index !== undefined) book.cancelOldest(side, index, atMs);
}
