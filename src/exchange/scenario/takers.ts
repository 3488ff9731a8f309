import type { Agenda } from "../agenda.ts";
import type { LevelBook, Side } from "../matching/level-book.ts";
import type { Rng } from "../random.ts";
import { drawSize } from "./order-size.ts";
import { INFORMED, NOISE } from "./pace.ts";

const SIDES: readonly Side[] = ["yes", "no"];

/**
 * An order of somebody without an opinion: the touch, and now and then some levels behind it. What it meets names its trades
 * and draws nothing from `rng`.
 */
export function takeAtRandom(
  book: LevelBook,
  { ids, rng }: { readonly ids: Rng; readonly rng: Rng },
  atMs: number,
): void {
  const takerSide: Side = rng.chance(0.5) ? "yes" : "no";
  let wanted = drawSize(rng, { favourites: [], others: NOISE.size, ...NOISE });
  let levels = rng.chance(NOISE.sweepShare) ? 2 + rng.below(NOISE.sweepLevels - 1) : 1;
  for (; levels > 0 && wanted > 0; levels--) {
    for (const trade of book.take({ takerSide, wanted, tradeId: ids.uuid() }, atMs)) {
      wanted -= trade.countCq;
    }
  }
}

/** Taker fee of one contract in centicents: what a taker loses before anything is won (kalshi.md §5). */
function feeCc(priceCc: number): number {
  const p = priceCc / 10_000;
  return 700 * p * (1 - p);
}

interface InformedContext {
  readonly agenda: Agenda;
  readonly rng: Rng;
  /** What a YES contract is worth now, centicents; null while nobody trades. */
  readonly worth: (atMs: number) => number | null;
}

/**
 * Traders who know what the makers know. A client's order that the price has left behind is theirs as soon as they have
 * seen it and reached it; until then it stands, and a quick client can still take it away.
 */
export class InformedTakers {
  readonly #book: LevelBook;
  readonly #context: InformedContext;
  readonly #onTheWay = new Set<Side>();

  constructor(book: LevelBook, context: InformedContext) {
    this.#book = book;
    this.#context = context;
  }

  /** Looks at the fronts of both queues. */
  look(worthCc: number, atMs: number): void {
    for (const side of SIDES) {
      if (this.#onTheWay.has(side)) continue;
      const front = this.#book.front(side);
      if (front === null || front.order === null) continue;
      if (front.priceCc <= limitOf(side, worthCc)) continue;
      this.#onTheWay.add(side);
      const { agenda, rng } = this.#context;
      agenda.once(atMs + rng.size(INFORMED.reactionMs), (now) => this.#strike(side, now));
    }
  }

  #strike(side: Side, atMs: number): void {
    this.#onTheWay.delete(side);
    const { rng, worth } = this.#context;
    const worthCc = worth(atMs);
    if (worthCc === null) return;
    const limit = limitOf(side, worthCc);
    const takerSide: Side = side === "yes" ? "no" : "yes";
    let wanted = Math.round(rng.size(INFORMED.appetite)) * 100;
    let front = this.#book.front(side);
    while (wanted > 0 && front !== null && front.priceCc > limit) {
      const size = Math.min(wanted, front.countCq);
      this.#book.take({ takerSide, wanted: size, tradeId: rng.uuid() }, atMs);
      wanted -= size;
      front = this.#book.front(side);
    }
  }
}

/** Above this a bid of that side is worth selling to. */
function limitOf(side: Side, worthCc: number): number {
  const worth = side === "yes" ? worthCc : 10_000 - worthCc;
  return worth + feeCc(worthCc) + INFORMED.edgeCc;
}
