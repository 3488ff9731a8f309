import { KbtError } from "../../core/errors.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";
import type { OrderWrites } from "../../ports-trading.ts";

/** An attempt to make a group is not repeated at once. */
const AGAIN_MS = 5_000;

interface Group {
  groupId: string | null;
  triedMs: Ms;
}

/**
 * One group of orders per shard and run. The exchange cancels all of a group at once, and refuses what is still under way
 * to it: the one way to take back an order whose id is not known.
 */
export class OrderGroups {
  readonly #parts: {
    readonly writes: OrderWrites;
    readonly clock: Clock;
    readonly contracts: number;
  };
  readonly #groups = new Map<number, Group>();

  constructor(parts: {
    readonly writes: OrderWrites;
    readonly clock: Clock;
    /** Fills within 15 s beyond which the exchange cancels everything by itself. */
    readonly contracts: number;
  }) {
    this.#parts = parts;
  }

  of(exchangeIndex: number): string | null {
    return this.#groups.get(exchangeIndex)?.groupId ?? null;
  }

  /** Makes the group of a shard where there is none. A failure leaves it without one, until it is asked for again. */
  async ensure(exchangeIndex: number, signal: AbortSignal): Promise<void> {
    const { clock, contracts, writes } = this.#parts;
    const nowMs = clock.nowMs();
    const known = this.#groups.get(exchangeIndex);
    if (known !== undefined && (known.groupId !== null || nowMs - known.triedMs < AGAIN_MS)) return;
    const group: Group = { groupId: null, triedMs: nowMs };
    this.#groups.set(exchangeIndex, group);
    try {
      group.groupId = await writes.createGroup({ exchangeIndex, contracts }, signal);
    } catch (error) {
      // Without its group nothing rests, so this costs trades and no safety.
      if (!signal.aborted && !(error instanceof KbtError)) throw error;
    }
  }

  /** Ends every group; what one of them refuses is repeated by whoever ends the run. */
  async trigger(signal: AbortSignal): Promise<void> {
    const { writes } = this.#parts;
    const calls = [...this.#groups].flatMap(([exchangeIndex, { groupId }]) =>
      groupId === null ? [] : [writes.triggerGroup({ groupId, exchangeIndex }, signal)],
    );
    await Promise.all(calls);
  }
}
