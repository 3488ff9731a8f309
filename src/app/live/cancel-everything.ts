import { KbtError } from "../../core/errors.ts";
import type { SeenList, SeenOrder } from "../../core/live/seen.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";
import type { OrderReads, OrderWrites } from "../../ports-trading.ts";

export interface CancelParts {
  readonly writes: OrderWrites;
  readonly reads: Pick<OrderReads, "asOfMs" | "orders">;
  readonly clock: Clock;
  /** Shard of an order whose list does not name it. */
  readonly exchangeIndex: number;
  /** Told again and again of what rests when that takes longer than it should; null when it cannot be read. */
  readonly tell: (resting: readonly SeenOrder[] | null, waitedMs: Ms) => void;
}

/** What is left of the account's orders. */
export interface Emptied {
  /** A whole list that is newer than the request showed nothing resting. */
  readonly isVerified: boolean;
  /** Orders that rested when it was first looked; null when that could not be read. */
  readonly found: readonly SeenOrder[] | null;
  /** What rests by the newest list; null when there is none. */
  readonly resting: readonly SeenOrder[] | null;
  /** What the exchange answered last when it refused; null when it did not. */
  readonly refusal: string | null;
}

const PATIENCE_MS = 30_000;
const PAUSE_MS = 500;
/** By then nothing should rest any more (reliability.md I30). */
const ALARM_MS = 5_000;

/**
 * Cancels every order of the account, whoever placed it, and reads until none rests. Needs no journal: what the exchange
 * lists is what there is. Cancels may be repeated as often as one likes, and are.
 */
export async function cancelEverything(parts: CancelParts, signal: AbortSignal): Promise<Emptied> {
  // Asked first and waited for later: what rested is gone once the cancel has arrived, and that must not wait.
  const before = restingNow(parts, signal);
  const emptied = await cancelUntilEmpty(parts, signal);
  return { ...emptied, found: (await before)?.items ?? emptied.found };
}

async function cancelUntilEmpty(parts: CancelParts, signal: AbortSignal): Promise<Emptied> {
  const { clock, writes } = parts;
  const startMs = clock.nowMs();
  let found: readonly SeenOrder[] | null = null;
  let resting: readonly SeenOrder[] | null = null;
  let refusal: string | null = null;
  for (;;) {
    refusal = (await writes.cancelAll(signal)) ?? (await cancelEach(parts, resting ?? [], signal));
    const list = await restingSince(parts, startMs, signal);
    if (list !== null) resting = list.orders;
    found ??= resting;
    if (list?.isProof === true) return { isVerified: true, found, resting, refusal };
    const waitedMs = clock.nowMs() - startMs;
    const isOver = signal.aborted || waitedMs > PATIENCE_MS;
    if (isOver) return { isVerified: false, found, resting, refusal };
    if (waitedMs >= ALARM_MS) parts.tell(resting, waitedMs);
    await clock.sleep(PAUSE_MS, signal).catch(() => {});
  }
}

/** A cancel-all may be accepted and leave orders behind (reliability.md R13). */
async function cancelEach(
  { exchangeIndex, writes }: CancelParts,
  orders: readonly SeenOrder[],
  signal: AbortSignal,
): Promise<string | null> {
  let refusal: string | null = null;
  for (const order of orders) {
    const { exchangeId, ticker } = order;
    const place = { exchangeId, ticker, exchangeIndex: order.exchangeIndex ?? exchangeIndex };
    refusal = (await writes.cancel(place, signal)) ?? refusal;
  }
  return refusal;
}

async function restingSince(
  { reads }: CancelParts,
  startMs: Ms,
  signal: AbortSignal,
): Promise<{ readonly orders: readonly SeenOrder[]; readonly isProof: boolean } | null> {
  return readable(signal, async () => {
    const asOfMs = await reads.asOfMs(signal);
    const { complete, items } = await reads.orders({ status: "resting" }, signal);
    return { orders: items, isProof: items.length === 0 && complete && asOfMs > startMs };
  });
}

function restingNow(
  { reads }: CancelParts,
  signal: AbortSignal,
): Promise<SeenList<SeenOrder> | null> {
  return readable(signal, () => reads.orders({ status: "resting" }, signal));
}

async function readable<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!signal.aborted && !(error instanceof KbtError)) throw error;
    return null;
  }
}
