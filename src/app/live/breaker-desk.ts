import type { LatchCause } from "../../core/live/breakers.ts";
import {
  ENTRY_REASON,
  type LedgerRecord,
  type Opportunity,
  type RiskRecord,
  UNDER_WAY,
} from "../../core/records.ts";
import type { LossBook } from "../../core/risk/loss-book.ts";
import type { ModelBook } from "../../core/risk/model-book.ts";
import type { RepeatBook } from "../../core/risk/repeat-book.ts";
import type { Ms } from "../../core/units.ts";
import type { Recorder } from "../../ports.ts";
import { heard } from "../heard-recorder.ts";
import { ERRANDS } from "./errands.ts";

export interface BreakerBooks {
  readonly losses: LossBook;
  readonly model: ModelBook;
  readonly repeats: RepeatBook;
}

/** Listens to what a run puts on file and stops its trading when that shows that something is wrong with it. */
export class BreakerDesk {
  readonly #books: BreakerBooks;
  readonly #latch: (cause: LatchCause) => void;
  #coolUntilMs: Ms;

  constructor(books: BreakerBooks, latch: (cause: LatchCause) => void) {
    this.#books = books;
    this.#latch = latch;
    this.#coolUntilMs = books.losses.streak.coolUntilMs;
  }

  /** What earlier runs left, or somebody booked while none ran. */
  start(nowMs: Ms): void {
    this.#judge(nowMs);
  }

  hear(recorder: Recorder): Recorder {
    const { model, repeats } = this.#books;
    return heard(recorder, {
      order: (row) => {
        if (row.action === "buy") repeats.sent(row);
      },
      orderEvent: (row) => {
        const cause = UNDER_WAY.has(row.state) ? null : repeats.ended(row);
        if (cause !== null) this.#latch(cause);
      },
      opportunity: (row) => this.#believed(row),
      event: (event) => {
        if (event.type !== "settlement" || !event.final) return;
        const { recvMs, result, ticker } = event;
        if (result !== "yes" && result !== "no") return;
        model.settled(ticker, result);
        this.#judge(recvMs);
      },
      ledger: (row) => this.#booked(row, recorder),
    });
  }

  #believed(row: Opportunity): void {
    const { decision, pMarket, pModel, pStrategy, reason, strategy, ticker } = row;
    if (ERRANDS.has(strategy)) return;
    const p = pStrategy ?? pModel;
    if (decision !== "trade" || reason !== ENTRY_REASON || p === null || pMarket === null) return;
    this.#books.model.bought({ ticker, p, pMarket });
  }

  #booked(row: LedgerRecord, recorder: Recorder): void {
    const { losses } = this.#books;
    losses.take({ ...row, isFinal: row.ruling?.isFinal ?? true });
    const { coolUntilMs } = losses.streak;
    if (coolUntilMs > this.#coolUntilMs) {
      this.#coolUntilMs = coolUntilMs;
      recorder.risk(cooling(row.atMs, coolUntilMs));
    }
    this.#judge(row.atMs);
  }

  #judge(nowMs: Ms): void {
    const { losses, model } = this.#books;
    for (const cause of losses.causes(nowMs)) this.#latch(cause);
    const worse = model.cause();
    if (worse !== null) this.#latch(worse);
  }
}

function cooling(atMs: Ms, untilMs: Ms): RiskRecord {
  const minutes = (untilMs - atMs) / 60_000;
  const reason = `losses in a row: no entries for ${minutes} minutes`;
  return { atMs, kind: "loss_cooldown", value: minutes, limitValue: null, reason };
}
