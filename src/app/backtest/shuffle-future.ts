import type { MarketEvent } from "../../core/events.ts";
import type { Rng } from "../../core/rng.ts";
import type { Ms } from "../../core/units.ts";

/** Events are shuffled among so many of their neighbours: enough to make another future, and memory stays flat. */
const BLOCK = 2_000;

/**
 * The events as they are up to a time, and behind it another future: what happened is dealt out anew among the times at
 * which something happened. Whole seconds stay where they are.
 */
export function* shuffledAfter(
  events: Iterable<MarketEvent>,
  cutMs: Ms,
  rng: Rng,
): Generator<MarketEvent> {
  let block: MarketEvent[] = [];
  for (const event of events) {
    if (event.recvMs <= cutMs) {
      yield event;
      continue;
    }
    block.push(event);
    if (block.length < BLOCK) continue;
    yield* dealtAnew(block, rng);
    block = [];
  }
  yield* dealtAnew(block, rng);
}

function* dealtAnew(block: readonly MarketEvent[], rng: Rng): Generator<MarketEvent> {
  const deck = block.filter(({ type }) => type !== "wake");
  for (let at = deck.length - 1; at > 0; at--) {
    const other = Math.floor(rng.next() * (at + 1));
    const [a, b] = [deck[at], deck[other]];
    if (a === undefined || b === undefined) continue;
    deck[at] = b;
    deck[other] = a;
  }
  let next = 0;
  for (const event of block) {
    if (event.type === "wake") yield event;
    else {
      const dealt = deck[next++];
      if (dealt !== undefined) yield { ...dealt, recvMs: event.recvMs };
    }
  }
}
