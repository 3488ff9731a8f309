import type { LevelBook, Side } from "../matching/level-book.ts";
import type { Rng } from "../random.ts";
import { REVERSAL } from "./pace.ts";

/**
 * A participant turns around: its new bid meets bids of its own, which self-trade prevention then takes away. The
 * recordings show the new bid first, at its full size, and after it one cancel per level under the same time stamp, so
 * that the book a client rebuilds is crossed for that many deltas. Nothing happens where somebody else stands in the
 * way, because that would be a trade.
 */
export function reverse(
  book: LevelBook,
  rng: Rng,
  at: {
    readonly owner: number;
    readonly side: Side;
    /** The most it bids. */
    readonly limitCc: number;
    readonly atMs: number;
  },
): void {
  const { owner, side, limitCc, atMs } = at;
  const other: Side = side === "yes" ? "no" : "yes";
  const highest = book.grid.floorIndex(limitCc);
  const crossed = ownLevels(book, other, owner).filter(
    (level) => book.grid.count - 1 - level <= highest,
  );
  // Two draws, whoever stands in the way: an order of a client shifts none of the reversals after it.
  const [chosen, size] = [rng.unit(), rng.size(REVERSAL.size)];
  const deepest = crossed[Math.floor(chosen * crossed.length)];
  if (deepest === undefined) return;
  const index = book.grid.count - 1 - deepest;
  book.add({ side, owner, index }, Math.round(size) * 100, atMs);
  for (const level of crossed) {
    if (level < deepest) continue;
    book.remove({ side: other, owner, index: level }, book.owned(other, owner, level), atMs);
  }
}

/** From the best level down, the levels that are the owner's alone. */
function ownLevels(book: LevelBook, side: Side, owner: number): number[] {
  const out: number[] = [];
  for (let index = book.best(side); index >= 0 && out.length < REVERSAL.levels; index--) {
    const size = book.size(side, index);
    if (size === 0) continue;
    if (size !== book.owned(side, owner, index)) break;
    out.push(index);
  }
  return out;
}
