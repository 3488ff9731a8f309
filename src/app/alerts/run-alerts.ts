import type { MarketEvent } from "../../core/events.ts";
import type { LedgerRecord, OrderEventRecord, RiskRecord } from "../../core/records.ts";
import type { Money } from "../../core/units.ts";
import type { Alert } from "../../ports-alerts.ts";
import type { RowListener } from "../heard-recorder.ts";
import { dollars, usd } from "../trading-report.ts";

export interface AlertWishes {
  readonly fills: boolean;
  readonly settlements: boolean;
  /** Realised profit is told of whenever it passes a multiple of this; 0 never. */
  readonly milestoneUsd: number;
}

/** Makes alerts of what a run puts on file: the same rows that the ledger shows. */
export class RunAlerts implements RowListener {
  readonly #wishes: AlertWishes;
  readonly #say: (alert: Alert) => void;
  #realised = 0;
  #milestone = 0;
  #legs = 0;

  constructor(wishes: AlertWishes, say: (alert: Alert) => void) {
    this.#wishes = wishes;
    this.#say = say;
  }

  ledger(row: LedgerRecord): void {
    const { action, pnl, status } = row;
    if (action === "settle") this.#settled(row);
    else if (status === "filled" && this.#wishes.fills) this.#filled(row);
    if (pnl !== null) this.#passed(pnl);
  }

  orderEvent({ orderId, reason, state }: OrderEventRecord): void {
    if (state !== "rejected") return;
    this.#say({
      key: `rejected ${reason}`,
      severity: "warning",
      title: `order rejected: ${reason}`,
      lines: [`order ${orderId}`],
    });
  }

  risk({ kind, limitValue, reason, value }: RiskRecord): void {
    // An exit that goes as it should is told of by its fills.
    if (kind.startsWith("exit_") && kind !== "exit_stranded") return;
    const numbers = limitValue === null ? [] : [`${value ?? "?"}, of ${limitValue}`];
    const severity = limitValue === null ? "warning" : "critical";
    this.#say({ key: `risk ${kind}`, severity, title: `${kind}: ${reason}`, lines: numbers });
  }

  event(event: MarketEvent): void {
    if (event.type !== "drift") return;
    const { halts, messageType, path, source } = event;
    const what = `${source} ${messageType} ${path}`;
    this.#say(
      halts
        ? {
            key: `changed ${what}`,
            severity: "critical",
            title: `${source} sends messages of another shape: nothing is traded on them`,
            lines: [`${messageType} at ${path}`],
          }
        : {
            key: `drift ${source}`,
            severity: "warning",
            title: `a message of ${source} could not be read`,
            lines: [`${messageType} at ${path}`],
          },
    );
  }

  #filled({ action, pnl, price, qty, side, strategy, ticker }: LedgerRecord): void {
    const cents = price === null ? "" : ` at ${(price / 100).toFixed(2)}c`;
    const did = action === "buy" ? "bought" : "sold";
    this.#say({
      key: `fill ${++this.#legs}`,
      severity: "info",
      title: `${did} ${qty / 100} ${side} ${ticker}${cents}`,
      lines: [strategy, ...(pnl === null ? [] : [`realised ${dollars(usd(pnl))}`])],
    });
  }

  #settled({ pnl, qty, ruling, side, strategy, ticker }: LedgerRecord): void {
    const isCorrection = qty === 0;
    if (pnl === null || !(this.#wishes.settlements || isCorrection)) return;
    const result =
      ruling === undefined ? "" : ` ${ruling.isFinal ? "final" : "provisional"} ${ruling.result}`;
    this.#say({
      key: `settled ${++this.#legs}`,
      severity: isCorrection ? "warning" : "info",
      title: isCorrection
        ? `${ticker} was settled otherwise than it was paid:${result}, ${dollars(usd(pnl))}`
        : `${ticker} settled${result}: ${dollars(usd(pnl))}`,
      lines: isCorrection ? [strategy] : [`${strategy}, ${qty / 100} ${side}`],
    });
  }

  #passed(pnl: Money): void {
    this.#realised += pnl;
    const { milestoneUsd } = this.#wishes;
    if (milestoneUsd === 0) return;
    const milestone = Math.trunc(this.#realised / (milestoneUsd * 1e6));
    if (milestone === this.#milestone) return;
    const isGain = milestone > this.#milestone;
    this.#milestone = milestone;
    const mark = `${milestone < 0 ? "-" : ""}$${Math.abs(milestone * milestoneUsd)}`;
    this.#say({
      key: `milestone ${milestone}`,
      severity: isGain ? "info" : "warning",
      title: `realised profit of the run ${isGain ? "rose past" : "fell back to"} ${mark}`,
      lines: [`now $${(this.#realised / 1e6).toFixed(2)}`],
    });
  }
}
