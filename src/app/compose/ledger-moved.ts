import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { createLedgerWriter } from "../../adapters/sqlite/ledger-writer.ts";
import { openReader } from "../../adapters/sqlite/open.ts";
import { KbtError } from "../../core/errors.ts";
import { formatMoney, money } from "../../core/units.ts";
import type { CommandContext, CommandResult, LedgerOptions } from "../context.ts";

/** `kbt ledger deposit|withdraw`: notes what was paid in or out, which is no profit and no loss. */
export async function noteMovement(
  ctx: CommandContext,
  { amount, reason, what }: LedgerOptions,
): Promise<CommandResult> {
  if (amount === null || amount === 0) {
    throw new KbtError({
      kind: "usage",
      code: "USAGE",
      message: `ledger ${what} needs --amount, in dollars`,
      hint: `kbt ledger ${what} --amount 50`,
    });
  }
  const { config } = await ctx.loadConfig();
  const path = config.storage.db_path;
  const reader = openReader(path);
  const { env } = reader;
  reader.close();
  const isDeposit = what === "deposit";
  const movement = {
    atMs: createSystemClock().nowMs(),
    kind: isDeposit ? "deposit" : "withdrawal",
    amount: money(isDeposit ? amount : 0 - amount),
    reason: reason ?? "",
  } as const;
  const writer = createLedgerWriter({ path, env });
  try {
    writer.recordMovement(movement);
  } finally {
    writer.close();
  }
  return {
    exitCode: 0,
    data: { kind: movement.kind, amount: formatMoney(movement.amount) },
    text: `noted: ${movement.kind} of $${formatMoney(amount)}\n`,
    warnings: [],
  };
}
