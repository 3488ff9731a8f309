import { openReader } from "../../adapters/sqlite/open.ts";
import { pastTrading } from "../../adapters/sqlite/queries/past-trading.ts";
import { pastShadow } from "../../adapters/sqlite/queries/pessimistic.ts";
import type { RunAccount } from "../../adapters/sqlite/run-accounts.ts";
import type { Engine } from "../../core/engine.ts";
import type { PastTrading } from "../../core/past-trading.ts";
import type { PessimisticLeg } from "../../core/records.ts";
import type { Ms } from "../../core/units.ts";

/** What the account holds and has lost already; undefined for a new one. */
export function pastOf(
  path: string,
  {
    account,
    mode,
  }: { readonly account: RunAccount | null; readonly mode: "paper" | "backtest" | "live" },
  nowMs: Ms,
): PastTrading | undefined {
  if (account === null || account.continues === null) return undefined;
  const reader = openReader(path);
  try {
    return pastTrading(reader, { account: account.account, mode }, nowMs);
  } finally {
    reader.close();
  }
}

/** The same for the pessimistic account beside it. */
export function pastShadowOf(
  path: string,
  account: RunAccount | null,
  nowMs: Ms,
): readonly PessimisticLeg[] {
  if (account === null || account.continues === null) return [];
  const reader = openReader(path);
  try {
    return pastShadow(reader, account.account, nowMs);
  } finally {
    reader.close();
  }
}

/** Nobody should be surprised by positions that the run did not open. */
export function continued(account: RunAccount | null, { portfolio }: Engine): string[] {
  if (account === null || account.continues === null || portfolio.openCount === 0) return [];
  const open = [...portfolio.positions()].map(({ ticker }) => ticker).join(", ");
  return [`goes on from run ${account.continues}, which left open: ${open}`];
}
