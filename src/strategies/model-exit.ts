import { overpaid } from "../core/exits/model-exit.ts";
import { leave, type MarketView, type Verdict } from "../core/strategy.ts";
import type { ModelExitParams } from "./model-exit.params.ts";

/** Sells what is worth less to the model than somebody pays for it. Null while it is kept. */
export function modelExit(
  view: MarketView,
  strategy: string,
  params: ModelExitParams,
): Verdict | null {
  const { holding } = view;
  if (params.exit === "off" || holding?.strategy !== strategy) return null;
  const found = overpaid(view, params.exit_buffer_cents / 100);
  if (found === null) return null;
  return leave(
    view,
    {
      reason: "model_exit",
      floor: found.floor,
      maxMs: params.exit_max_seconds * 1000,
      maxAttempts: params.exit_max_orders,
    },
    { side: holding.side, cost: null, ev: found.gain, p: null },
  );
}
