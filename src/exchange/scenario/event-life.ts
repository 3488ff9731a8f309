// One event from its announcement to the payout of its markets. Opening and closing are by the clock only: nothing
// announces them to clients.

import type { Agenda } from "../agenda.ts";
import type { Rng } from "../random.ts";
import type { Happening, WorldMarket, WorldStatus } from "../world.ts";
import { createdMsg, rangesOf, strikeMsg } from "./catalog.ts";
import { type EventErrors, FairValue } from "./fair-value.ts";
import type { IndexFeed } from "./index-feed.ts";
import { activationMsg, closeDateMsg, eventMsg, structureMsg } from "./lifecycle-messages.ts";
import { LiveMarket } from "./live-market.ts";
import { paceOf } from "./pace.ts";
import type { PricePath } from "./price-path.ts";
import type { Registry } from "./registry.ts";
import { Settlement } from "./settlement.ts";

/** A market exists for a moment before anybody can read it (kalshi.md §2.4). */
const HIDDEN_MS = [1000, 4000] as const;
const HOUR_MS = 3_600_000;
const TRADES_KEPT_MS = 2 * HOUR_MS;
const MARKET_KEPT_MS = 24 * HOUR_MS;

export interface EventContext {
  readonly agenda: Agenda;
  readonly registry: Registry;
  readonly path: PricePath;
  readonly index: IndexFeed;
  readonly rng: Rng;
  /** Share of the 15-minute strikes that are published a millionth short, as in early 2026 (kalshi.md §4.3). */
  readonly shortStrikeShare: number;
  /** Markets that trade now. */
  readonly trading: Set<LiveMarket>;
  /** Which event each known market belongs to. */
  readonly lives: Map<string, EventLife>;
  readonly isPaused: (shard: number) => boolean;
  readonly emit: (happening: Happening) => void;
}

/** Lists, opens, closes and settles the markets of one event, which share the errors of their makers. */
export class EventLife {
  readonly #markets: readonly WorldMarket[];
  readonly #context: EventContext;
  readonly #errors: EventErrors;
  readonly #settlement: Settlement;

  constructor(markets: readonly WorldMarket[], context: EventContext, errors: EventErrors) {
    this.#markets = markets;
    this.#context = context;
    this.#errors = errors;
    const { agenda, index, rng, emit } = context;
    const onFinal = this.#scheduleDrop.bind(this);
    this.#settlement = new Settlement({ agenda, index, rng, emit, onFinal });
  }

  /** An event that is over when the world begins. */
  listSettled(): void {
    for (const market of this.#markets) {
      this.#settlement.decide(market, this.#settlement.valueAt(market.closeMs));
      market.status = "finalized";
      market.settledMs = market.closeMs + 15_000;
      market.lastCc = market.result === "yes" ? 9990 : 10;
      this.#imagineVolume(market);
      this.#register(market);
      this.#scheduleDrop([market], market.settledMs);
    }
  }

  /** Announces the event; one that opened before the world began has been there all the time. */
  list(isAnnounced: boolean): void {
    const { agenda, rng, emit } = this.#context;
    const first = this.#markets[0];
    if (first === undefined) return;
    const { nowMs } = agenda;
    if (isAnnounced) {
      emit({ type: "lifecycle", msg: eventMsg(first), atMs: nowMs });
      for (const market of this.#markets) {
        emit({ type: "lifecycle", msg: createdMsg(market), atMs: nowMs });
      }
      const hiddenMs = rng.split(`hidden/${first.ticker}`).between(...HIDDEN_MS);
      agenda.once(nowMs + hiddenMs, () => this.#registerAll());
    } else this.#registerAll();
    if (first.openMs <= nowMs) this.#open(true);
    else agenda.once(first.openMs, () => this.#open(false));
    agenda.once(first.closeMs, (atMs) => this.#closeDue(atMs));
  }

  #registerAll(): void {
    for (const market of this.#markets) this.#register(market);
  }

  #register(market: WorldMarket): void {
    this.#context.registry.add(market);
    this.#context.lives.set(market.ticker, this);
  }

  #open(isUnderway: boolean): void {
    const { agenda, registry, index, rng, emit, isPaused } = this.#context;
    const fair = this.#fairAt(this.#markets[0]?.closeMs ?? 0);
    for (const market of this.#markets) {
      this.#setStatus(market, "active");
      const isQuarter = market.strikeType === "greater_or_equal";
      const floorUsd = isQuarter ? index.settlementValue(market.openMs / 1000) : market.floorUsd;
      const live = new LiveMarket(market, {
        agenda,
        fair,
        strikes: { floorUsd, capUsd: market.capUsd },
        pace: paceOf(market),
        rng: rng.split(market.ticker),
        isPaused: () => isPaused(market.exchangeIndex),
        emit,
      });
      registry.startLive(live);
      this.#context.trading.add(live);
      if (isUnderway) this.#imagineVolume(market);
      if (isQuarter) this.#publishStrike(market, floorUsd, isUnderway);
      if (market.closeMs !== this.#markets[0]?.closeMs) live.reprice(this.#fairAt(market.closeMs));
      live.start(agenda.nowMs, isUnderway);
    }
  }

  #fairAt(closeMs: number): FairValue {
    const { path, index } = this.#context;
    return new FairValue({ path, index, closeMs }, this.#errors);
  }

  #publishStrike(market: WorldMarket, strikeUsd: number | null, isUnderway: boolean): void {
    const { agenda, rng, emit, shortStrikeShare } = this.#context;
    const own = rng.split(`strike/${market.ticker}`);
    const delayMs = own.chance(0.92) ? 200 + own.wait(550) : own.between(2000, 15_000);
    const shortUsd = own.chance(shortStrikeShare) ? 0.000_001 : 0;
    const publish = (atMs: number): void => {
      market.floorUsd = strikeUsd === null ? null : Number((strikeUsd - shortUsd).toFixed(6));
      emit({ type: "lifecycle", msg: strikeMsg(market), atMs });
    };
    if (isUnderway) publish(agenda.nowMs);
    else agenda.once(market.openMs + Math.min(delayMs, 15_000), publish);
  }

  /** Closes what is due; a close that was moved has an entry of its own on the agenda. */
  #closeDue(atMs: number): void {
    const { registry, trading } = this.#context;
    const due = this.#markets.filter(
      ({ status, closeMs }) => (status === "active" || status === "inactive") && closeMs <= atMs,
    );
    for (const market of due) {
      const { ticker } = market;
      const live = registry.live(ticker);
      if (live !== undefined) trading.delete(live);
      this.#setStatus(market, "closed");
      live?.close(() => registry.endLive(ticker));
    }
    if (due.length > 0) this.#settlement.waitFor(due, atMs);
  }

  #scheduleDrop(markets: readonly WorldMarket[], settledMs: number): void {
    const { agenda, registry, lives } = this.#context;
    agenda.once(settledMs + TRADES_KEPT_MS, () => {
      for (const { ticker } of markets) registry.dropTrades(ticker);
    });
    agenda.once(settledMs + MARKET_KEPT_MS, () => {
      for (const { ticker } of markets) {
        registry.drop(ticker);
        lives.delete(ticker);
      }
    });
  }

  /** Turnover of the time before the world began. */
  #imagineVolume(market: WorldMarket): void {
    const rng = this.#context.rng.split(`volume/${market.ticker}`);
    market.volumeCq = Math.round(paceOf(market).volume * 100 * rng.between(0.5, 1.5));
    market.openInterestCq = Math.round(market.volumeCq * rng.between(0.4, 0.7));
  }

  deactivate(market: WorldMarket): void {
    if (market.status !== "active") return;
    this.#setStatus(market, "inactive");
    this.#tell(activationMsg(market));
  }

  /** All that rested through the interruption is cancelled: clients' orders by whoever hears of the status. */
  activate(market: WorldMarket): void {
    if (market.status !== "inactive") return;
    const { nowMs } = this.#context.agenda;
    this.#setStatus(market, "active");
    const live = this.#context.registry.live(market.ticker);
    live?.clear(nowMs);
    this.#tell(activationMsg(market));
    live?.resume(nowMs);
  }

  moveClose(market: WorldMarket, closeMs: number): void {
    const { agenda, registry } = this.#context;
    market.closeMs = closeMs;
    registry.live(market.ticker)?.reprice(this.#fairAt(closeMs));
    this.#tell(closeDateMsg(market));
    agenda.once(closeMs, (atMs) => this.#closeDue(atMs));
  }

  /** Clients are told first: their orders off the new ladder are cancelled by whoever hears of it. */
  changeStructure(market: WorldMarket, structure: WorldMarket["structure"]): void {
    const { agenda, registry } = this.#context;
    market.structure = structure;
    market.ranges = rangesOf(structure);
    this.#tell(structureMsg(market));
    registry.live(market.ticker)?.regrid(agenda.nowMs);
  }

  delaySettlement(market: WorldMarket, byMs: number): void {
    this.#settlement.delay(market.ticker, byMs);
  }

  forceResult(market: WorldMarket, payoutCc: number): void {
    this.#settlement.force(market.ticker, payoutCc);
  }

  amendResult(market: WorldMarket, payoutCc: number): void {
    this.#settlement.dispute(market, payoutCc, this.#context.agenda.nowMs);
  }

  #setStatus(market: WorldMarket, status: WorldStatus): void {
    market.status = status;
    const atMs = this.#context.agenda.nowMs;
    this.#context.emit({ type: "status", ticker: market.ticker, status, atMs });
  }

  #tell(msg: Readonly<Record<string, unknown>>): void {
    this.#context.emit({ type: "lifecycle", msg, atMs: this.#context.agenda.nowMs });
  }
}
