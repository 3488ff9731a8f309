import { HORIZONS_S, type MarkedFill, type Markout, markoutOf, meansOf } from "../core/markout.ts";
import { formatMoney, formatPrice, formatQty, type Ms, money } from "../core/units.ts";
import { cents, type Listing, left, right, time } from "./ledger-text.ts";

type FillLine = MarkedFill & {
  readonly fillId: string;
  readonly orderId: string;
  readonly runId: number;
  readonly mode: string;
  readonly strategy: string;
  readonly ticker: string;
  readonly isTaker: boolean;
  readonly atMs: Ms;
};

/** Fills with what they were worth afterwards, cents per contract. */
export function fillsTable(lines: readonly FillLine[]): Listing {
  const marked = lines.map((line) => ({ line, qty: line.qty, markout: markoutOf(line) }));
  const { means } = meansOf(marked);
  return {
    empty: "no fills yet",
    rows: marked.map(({ line, markout }) => fillData(line, markout)),
    table: {
      columns: [
        left("market"),
        left("what"),
        right("at c"),
        right("slip"),
        ...HORIZONS_S.map((seconds) => right(`${seconds} s`)),
        right("end"),
      ],
      rows: marked.map(({ line, markout }) => [
        line.ticker,
        `${line.action} ${line.side}`,
        cents(line.price),
        signed(markout.slippage),
        ...markout.after.map(signed),
        signed(markout.settled),
      ]),
    },
    after: [
      "means over contracts, cents; slippage and fee are costs, else plus is for us:\n",
      `slippage ${signed(means.slippage)} (assumed ${signed(means.assumed)})  spread ${signed(means.spread)}`,
      `  adverse ${signed(means.adverse)}  residual ${signed(means.residual)}  fee ${signed(means.fee)}\n`,
    ].join(""),
  };
}

function signed(value: number | null): string {
  if (value === null) return "?";
  const text = value.toFixed(1);
  return text === "-0.0" ? "0.0" : text;
}

function fillData(line: FillLine, markout: Markout): Record<string, unknown> {
  const { adverse, after, assumed, fee, residual, settled, slippage, spread } = markout;
  return {
    fill_id: line.fillId,
    order_id: line.orderId,
    run_id: line.runId,
    mode: line.mode,
    strategy: line.strategy,
    ticker: line.ticker,
    ...time("at", line.atMs),
    side: line.side,
    action: line.action,
    price: formatPrice(line.price),
    qty: formatQty(line.qty),
    fee: formatMoney(money(line.fee)),
    is_taker: line.isTaker,
    slippage_cents: slippage,
    assumed_slippage_cents: assumed,
    ...Object.fromEntries(HORIZONS_S.map((s, at) => [`markout_${s}s_cents`, after[at] ?? null])),
    markout_settled_cents: settled,
    spread_cents: spread,
    adverse_selection_cents: adverse,
    residual_cents: residual,
    fee_cents: fee,
  };
}
