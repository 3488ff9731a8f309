import { createFeeAccumulator, type FeeAccumulator, type FeeSchedule } from "./fees.ts";
import type { FillRecord } from "./records.ts";
import type { Money } from "./units.ts";

/** What the fees of fills should have been by the schedule; null where that is not known. Oldest fill first. */
export function modelledFees(
  fills: Iterable<{ readonly fill: FillRecord; readonly schedule: FeeSchedule | undefined }>,
): (Money | null)[] {
  // Rounding is paid back order by order (kalshi.md §5).
  const orders = new Map<string, FeeAccumulator>();
  return [...fills].map(({ fill, schedule }) => {
    if (schedule === undefined) return null;
    const order = orders.get(fill.orderId) ?? createFeeAccumulator(schedule);
    orders.set(fill.orderId, order);
    return order.fill(fill);
  });
}
