import type { Agenda } from "../agenda.ts";
import { LevelBook, type Side } from "../matching/level-book.ts";
import { gridOf } from "../matching/price-grid.ts";
import type { Rng } from "../random.ts";
import type { Happening, WorldBook, WorldFloor, WorldMarket, WorldTrade } from "../world.ts";
import { closeBook } from "./close-burst.ts";
import { Crowd, type Outlook } from "./crowd.ts";
import type { FairValue } from "./fair-value.ts";
import { IDLE, type Pace, QUIET, TICKER_MS } from "./pace.ts";
import { InformedTakers, takeAtRandom } from "./takers.ts";

/** The makers know a 15-minute strike before it is published. */
interface Strikes {
  readonly floorUsd: number | null;
  readonly capUsd: number | null;
}

export interface LiveContext {
  readonly agenda: Agenda;
  readonly fair: FairValue;
  readonly strikes: Strikes;
  readonly pace: Pace;
  readonly rng: Rng;
  /** True while the other participants of the market's shard stand still. */
  readonly isPaused: () => boolean;
  readonly emit: (happening: Happening) => void;
}

/**
 * A generator for each source of chance whose draws could depend on what a client has in the book: an order of theirs meets
 * whom it meets, and everybody else does what they would have done without it.
 */
interface Chances {
  readonly comings: Rng;
  readonly refreshes: Rng;
  readonly takers: Rng;
  readonly trades: Rng;
  readonly openings: Rng;
  readonly tickers: Rng;
  readonly close: Rng;
}

const TRADES_KEPT = 1000;
const SIDES: readonly Side[] = ["yes", "no"];

/** Trading in one market from its opening to the empty book after its close. */
export class LiveMarket {
  readonly market: WorldMarket;
  readonly trades: WorldTrade[] = [];
  readonly #context: LiveContext;
  readonly #book: LevelBook;
  readonly #crowd: Crowd;
  readonly #informed: InformedTakers;
  readonly #chances: Chances;
  #fair: FairValue;
  #quotedSpot = Number.NaN;
  #urgentUsd = Number.POSITIVE_INFINITY;
  #centerCc = 5000;
  #hasFar = false;
  #isClosed = false;
  /** Some client has rested an order here, so that it is worth looking for one the price has left behind. */
  #isVisited = false;
  #isTickerDue = false;
  #tickerMs: number;

  constructor(market: WorldMarket, context: LiveContext) {
    this.market = market;
    this.#context = context;
    const { pace, rng } = context;
    this.#chances = {
      comings: rng.split("comings"),
      refreshes: rng.split("refreshes"),
      takers: rng.split("takers"),
      trades: rng.split("trades"),
      openings: rng.split("openings"),
      tickers: rng.split("tickers"),
      close: rng.split("close"),
    };
    this.#fair = context.fair;
    this.#tickerMs = market.openMs;
    const ids = rng.split("client trades");
    this.#book = new LevelBook({
      ticker: market.ticker,
      grid: gridOf(market.structure),
      owners: Crowd.owners(pace),
      nowMs: () => context.agenda.nowMs,
      tradeId: () => ids.uuid(),
      emit: this.#noting(context.emit),
    });
    this.#crowd = new Crowd(this.#book, pace, rng.split("crowd"));
    this.#informed = new InformedTakers(this.#book, {
      agenda: context.agenda,
      rng: rng.split("informed"),
      worth: (atMs) => (this.#isTrading() ? this.#worth(atMs) : null),
    });
  }

  /** Starts trading; a market that was open before the world began comes with its book. */
  start(atMs: number, isUnderway: boolean): void {
    const { agenda, pace } = this.#context;
    if (isUnderway) {
      for (let round = 0; round < 4; round++) this.#requoteAll(atMs);
      this.#placeFar(atMs);
    } else this.#comeIn(atMs);
    const { refreshes, takers } = this.#chances;
    agenda.add(atMs + refreshes.between(500, 1500), { run: (now) => this.#refresh(now) });
    const firstTaker = atMs + 1500 + takers.wait(pace.takerMs);
    agenda.add(firstTaker, { run: (now) => this.#noiseTaker(now) });
  }

  /** After a pause: the makers come back one blink later, as at the opening. */
  resume(atMs: number): void {
    if (this.#isTrading()) this.#comeIn(atMs);
  }

  /** Cancels what the other participants have in the book; a client's orders are the exchange's to cancel. */
  clear(atMs: number): void {
    for (const side of SIDES) {
      for (const index of this.#book.levels(side)) this.#book.clearLevel(side, index, atMs);
    }
    this.#hasFar = false;
  }

  /** Moves the book to the market's present tick ladder. */
  regrid(atMs: number): void {
    this.#book.changeGrid(gridOf(this.market.structure), atMs);
  }

  /** Gives the makers another close to look at. */
  reprice(fair: FairValue): void {
    this.#fair = fair;
    // The next step of the spot price counts as a move, whatever it is.
    this.#urgentUsd = -1;
  }

  #comeIn(atMs: number): void {
    const { agenda } = this.#context;
    const { comings } = this.#chances;
    agenda.once(atMs + comings.between(60, 500), (now) => this.#requoteAll(now));
    agenda.once(atMs + comings.between(600, 3000), (now) => this.#placeFar(now));
  }

  #isTrading(): boolean {
    return !this.#isClosed && this.market.status === "active" && !this.#context.isPaused();
  }

  read(): WorldBook {
    return this.#book.read();
  }

  /** Where clients trade. */
  floor(): WorldFloor {
    const book = this.#book;
    return {
      front: (side) => book.front(side),
      sizeTo: (side, priceCc) => book.sizeTo(side, priceCc),
      hit: (side, countCq, emit) => book.hit(side, countCq, this.#noting(emit)),
      rest: (order, emit) => {
        this.#isVisited = true;
        book.rest(order, this.#noting(emit));
      },
      reduce: (order, byCq, emit) => book.reduce(order, byCq, this.#noting(emit)),
      aheadCq: (order) => book.aheadCq(order),
    };
  }

  /** Keeps the market's own figures in step with whatever its book tells. */
  #noting(emit: (happening: Happening) => void): (happening: Happening) => void {
    return (happening) => {
      if (happening.type === "trade") this.#record(happening.trade);
      emit(happening);
      if (!this.#isTickerDue) this.#queueTicker();
    };
  }

  /** Called at each step of the spot price: makers do not wait for their turn when it runs away. */
  followSpot(atMs: number): void {
    const moved = Math.abs(this.#fair.spot() - this.#quotedSpot);
    const isUrgent = moved > this.#urgentUsd;
    if ((!isUrgent && !this.#isVisited) || !this.#isTrading()) return;
    if (isUrgent) this.#requoteAll(atMs);
    if (this.#isVisited) this.#informed.look(this.#worth(atMs), atMs);
  }

  /** What the makers think a YES contract is worth, centicents. */
  #worth(atMs: number): number {
    const fair = this.#fair;
    fair.update(atMs);
    const p = probability(this.#context.strikes, fair);
    const center = 10_000 * p + fair.errors.levelBiasCc * 4 * p * (1 - p);
    return Math.min(10_000, Math.max(0, center));
  }

  #estimate(atMs: number): number {
    const fair = this.#fair;
    this.#centerCc = this.#worth(atMs);
    this.#quotedSpot = fair.spot();
    // dp/dS is at most 0.4/sd and shrinks with p(1−p); the floor keeps distant strikes from waking at every step.
    const p = this.#centerCc / 10_000;
    const nearUsd =
      (this.#context.pace.urgentCc / 4000) * (fair.sd / Math.max(4 * p * (1 - p), 0.1));
    this.#urgentUsd = Math.max(nearUsd, this.#distanceUsd() - IDLE.wakeSds * fair.sd);
    return this.#centerCc;
  }

  /** From the expected settlement value to the nearest strike. */
  #distanceUsd(): number {
    const { floorUsd, capUsd } = this.#context.strikes;
    const { mean } = this.#fair;
    const toFloor = floorUsd === null ? Number.POSITIVE_INFINITY : Math.abs(mean - floorUsd);
    const toCap = capUsd === null ? Number.POSITIVE_INFINITY : Math.abs(mean - capUsd);
    return Math.min(toFloor, toCap);
  }

  #outlook(atMs: number): Outlook {
    const { openMs, closeMs } = this.market;
    const tauS = Math.max(0, (closeMs - atMs) / 1000);
    const left = (1000 * tauS) / (closeMs - openMs);
    return { centerCc: this.#estimate(atMs), tauS, left, atMs };
  }

  #requoteAll(atMs: number): void {
    if (this.#isTrading()) this.#crowd.requote(this.#outlook(atMs));
  }

  #refresh(atMs: number): number | null {
    if (this.#isClosed) return null;
    if (this.#isTrading()) this.#crowd.work(this.#outlook(atMs));
    return this.#notPastClose(atMs + this.#refreshWait());
  }

  #refreshWait(): number {
    const { refreshes } = this.#chances;
    return refreshes.wait(this.#isIdle() ? IDLE.refreshMs : this.#crowd.waitMs());
  }

  #isQuiet(): boolean {
    return this.#centerCc < QUIET.edgeCc || this.#centerCc > 10_000 - QUIET.edgeCc;
  }

  /** True when even the lowest price is far more than the outcome is worth. */
  #isIdle(): boolean {
    if (!this.#context.pace.sleeps) return false;
    const edge = IDLE.shareOfTick * (this.#book.grid.prices[0] ?? 0);
    return this.#centerCc < edge || this.#centerCc > 10_000 - edge;
  }

  #placeFar(atMs: number): void {
    if (!this.#isTrading() || this.#hasFar) return;
    this.#hasFar = true;
    this.#crowd.placeFar(this.#outlook(atMs));
  }

  #noiseTaker(atMs: number): number | null {
    if (this.#isClosed) return null;
    const { takers, trades } = this.#chances;
    if (this.#isTrading()) takeAtRandom(this.#book, { rng: takers, ids: trades }, atMs);
    const quiet = this.#isQuiet() ? QUIET.takerFactor : 1;
    const factor = this.#isIdle() ? IDLE.takerFactor : quiet;
    return this.#notPastClose(atMs + takers.wait(this.#context.pace.takerMs * factor));
  }

  // What waits in the agenda keeps its market in memory: nobody in it sleeps for hours beyond the end.
  #notPastClose(nextMs: number): number {
    return Math.min(nextMs, this.market.closeMs + 1);
  }

  #record(trade: WorldTrade): void {
    const { market } = this;
    market.lastCc = trade.yesPriceCc;
    market.volumeCq += trade.countCq;
    const opened = this.#chances.openings.chance(0.6) ? trade.countCq : -trade.countCq;
    market.openInterestCq = Math.max(0, market.openInterestCq + opened);
    this.trades.push(trade);
    if (this.trades.length >= 2 * TRADES_KEPT) this.trades.splice(0, TRADES_KEPT);
  }

  #queueTicker(): void {
    this.#isTickerDue = true;
    const { agenda, emit } = this.#context;
    this.#tickerMs += this.#chances.tickers.between(...TICKER_MS);
    agenda.once(Math.max(this.#tickerMs, agenda.nowMs + 60), (atMs) => {
      this.#isTickerDue = false;
      this.#tickerMs = atMs;
      emit({ type: "ticker", ticker: this.market.ticker, atMs });
    });
  }

  /** After this only the exchange's own cancels and the empty book are to come. */
  close(onEmpty: () => void): void {
    this.#isClosed = true;
    const { agenda, emit } = this.#context;
    const { closeMs, ticker } = this.market;
    closeBook(this.#book, {
      agenda,
      rng: this.#chances.close,
      closeMs,
      tellEmpty: (atMs) => {
        onEmpty();
        emit({ type: "snapshot", ticker, atMs });
      },
    });
  }
}

function probability(strikes: Strikes, fair: FairValue): number {
  const { floorUsd, capUsd } = strikes;
  const aboveFloor = floorUsd === null ? 1 : fair.above(floorUsd);
  const aboveCap = capUsd === null ? 0 : fair.above(capUsd);
  return aboveFloor - aboveCap;
}
