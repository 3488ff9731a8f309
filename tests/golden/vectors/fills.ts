import { Book } from "../../../src/core/book.ts";
import type { Level } from "../../../src/core/events.ts";
import { MakerQueue, type QueueModel, type QueueStep } from "../../../src/core/sim/maker-queue.ts";
import { walkBook } from "../../../src/core/sim/walk.ts";
import { PRICE_ONE, price, qty } from "../../../src/core/units.ts";
import type { VectorFunctions } from "./vector-case.ts";

export const FILL_FUNCTIONS: VectorFunctions = {
  walkBook,
  /** The book is the one place that derives asks. */
  deriveAsks: ({ noBids }: { noBids: readonly (readonly [number, number])[] }) => {
    const book = new Book();
    const bids = noBids.map(
      ([at, size]): Level => [price(Math.round(at * PRICE_ONE)), qty(size * 100)],
    );
    book.replace([], bids, 0);
    return book.asks("yes", PRICE_ONE).map(([ask, size]) => [ask / PRICE_ONE, size / 100]);
  },
  queueModel,
};

type QueueEvent =
  | readonly ["new", front: number]
  | readonly ["trade", size: number]
  | readonly ["depth", previous: number, next: number];

/** The vector's order never ends: its size is beyond everything that trades. */
function queueModel(input: {
  model: QueueModel;
  lot: number;
  events: readonly QueueEvent[];
}): QueueStep[] {
  const [first, ...rest] = input.events;
  const front = first?.[1] ?? 0;
  const queue = new MakerQueue({ model: input.model, lot: input.lot, front, qty: 1e9 });
  const steps = rest.map((event) =>
    event[0] === "depth" ? queue.depth(event[1], event[2]) : queue.trade(event[1]),
  );
  return [{ front, filled: 0 }, ...steps];
}
