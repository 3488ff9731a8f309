import { KbtError } from "../core/errors.ts";
import type { Residue } from "../core/reconcile.ts";
import { formatMoney, type Money, money } from "../core/units.ts";
import type { CommandContext, CommandResult } from "./context.ts";
import { left, right } from "./ledger-text.ts";

/** The balance, or why it was not compared. */
export type CashCheck =
  | { readonly why: string }
  | {
      readonly why: null;
      readonly balance: Money;
      readonly expected: Money;
      /** There was no opening balance on file; now there is. */
      readonly isFirst: boolean;
    };

export interface Reconciled {
  readonly counts: {
    readonly orders: number;
    readonly fills: number;
    readonly legs: number;
    readonly settled: number;
  };
  readonly residues: readonly Residue[];
  readonly asked: "nobody" | "results" | "account";
  /** Null where there is no account to ask. */
  readonly cash: CashCheck | null;
  readonly foreignFills: number;
}

export async function reconcileResult(
  ctx: CommandContext,
  found: Reconciled,
): Promise<CommandResult> {
  const { cash, residues } = found;
  const total = money(residues.reduce((sum, { amount }) => sum + Math.abs(amount), 0));
  const result = {
    data: {
      residue: formatMoney(total),
      residues: residues.map((each) => ({ ...each, amount: formatMoney(each.amount) })),
      compared: found.counts,
      exchange: found.asked,
      foreign_fills: found.foreignFills,
      cash: cash === null ? null : cashData(cash),
    },
    text: await textOf(ctx, found, total),
    warnings: warningsOf(found),
  };
  if (residues.length === 0) return { exitCode: 0, ...result };
  const error = new KbtError({
    kind: "doubt",
    code: "LEDGER_DIFFERS",
    message: `${residues.length} residues, $${formatMoney(total)} in sum`,
    hint: "docs/ledger.md says what each comparison means and what to do",
  });
  return { exitCode: 8, ...result, error };
}

function cashData(cash: CashCheck): Record<string, unknown> {
  if (cash.why !== null) return { not_compared: cash.why };
  const { balance, expected, isFirst } = cash;
  return {
    balance: formatMoney(balance),
    expected: formatMoney(expected),
    difference: formatMoney(money(expected - balance)),
    opening_noted: isFirst,
  };
}

async function textOf(ctx: CommandContext, found: Reconciled, total: Money): Promise<string> {
  const { counts, residues } = found;
  const head = [
    `${counts.orders} ended orders, ${counts.fills} fills, ${counts.legs} legs, ${counts.settled} settled positions compared\n`,
    `${exchangeText(found)}\n`,
  ];
  const table =
    residues.length === 0
      ? ""
      : await ctx.table({
          columns: [left("check"), left("market"), right("$"), left("what differs")],
          rows: residues.map(({ amount, check, text, ticker }) => [
            check,
            ticker,
            formatMoney(amount),
            text,
          ]),
        });
  return `${head.join("")}${table}residue $${formatMoney(total)}\n`;
}

function exchangeText({ asked, cash }: Reconciled): string {
  if (asked === "nobody") {
    return "the exchange was not asked: no key for the one that the file is of";
  }
  if (asked === "results") {
    return "results compared with the local exchange; its account ended with the run that traded on it";
  }
  const account = "compared with the account: fills, settlements, positions";
  if (cash === null || cash.why !== null) return `${account}; not its cash: ${cash?.why ?? ""}`;
  const balance = `$${formatMoney(cash.balance)}`;
  return cash.isFirst
    ? `${account}; its cash, ${balance}, is noted as what it began with`
    : `${account}; cash ${balance}, by the ledger $${formatMoney(cash.expected)}`;
}

function warningsOf({ foreignFills }: Reconciled): string[] {
  if (foreignFills === 0) return [];
  return [`${foreignFills} fills of other orders on the account: their markets were not compared`];
}
