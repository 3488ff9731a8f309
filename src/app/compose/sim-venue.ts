import type { Config } from "../../config/schema.ts";
import type { Engine } from "../../core/engine.ts";
import type { PessimisticLeg } from "../../core/records.ts";
import type { SimMarketAccess } from "../../core/sim/market-access.ts";
import { ShadowAccount } from "../../core/sim/shadow.ts";
import { SimVenue, type SimVenueOptions } from "../../core/sim/venue.ts";
import { money } from "../../core/units.ts";
import type { Venue } from "../../ports.ts";

/** Which end of the range of what a run would have made (docs/paper.md). */
export type FillTerms = "pessimistic" | "expected";

const WHOLE_CENT = money(10_000);
const AS_CHARGED = money(1);

/** The simulated venue on the terms of either end. */
export function venueOptions({ sim }: Config, terms: FillTerms): SimVenueOptions {
  const expected: SimVenueOptions = {
    latencyMs: sim.latency_ms,
    latencySpread: sim.latency_spread,
    seed: sim.seed,
    queueModel: sim.queue,
    restingFills: "likely",
    participation: sim.participation,
    haircut: sim.haircut,
    feeStep: AS_CHARGED,
    bookStaleMs: sim.book_stale_ms,
  };
  if (terms === "expected") return expected;
  return {
    ...expected,
    latencyMs: 2 * sim.latency_ms,
    queueModel: "riskAverse",
    restingFills: "traded",
    // Somebody may have configured a worse one for all.
    haircut: Math.max(sim.haircut, sim.pessimistic_haircut),
    feeStep: WHOLE_CENT,
  };
}

/** A venue that fills against the engine's own books. */
export function buildSimVenue(
  config: Config,
  engine: Engine,
  terms: FillTerms = "expected",
  change: ChangeTerms = AS_THEY_ARE,
): SimVenue {
  return new SimVenue(change(venueOptions(config, terms)), accessTo(engine));
}

/** What else the terms have to allow for. */
type ChangeTerms = (options: SimVenueOptions) => SimVenueOptions;
const AS_THEY_ARE: ChangeTerms = (options) => options;

export interface Shadowing {
  readonly change?: ChangeTerms;
  readonly past: readonly PessimisticLeg[];
  readonly record: (leg: PessimisticLeg) => void;
}

/** The account that shows the pessimistic end of what the same orders would have made. */
export function buildShadow(
  config: Config,
  engine: Engine,
  { change = AS_THEY_ARE, past, record }: Shadowing,
): ShadowAccount {
  const options = change(venueOptions(config, "pessimistic"));
  return new ShadowAccount({ options, access: accessTo(engine), past, record });
}

/** A venue whose commands and market reach the shadow too, and whose own answers alone come back. */
export function shadowed(venue: Venue, shadow: ShadowAccount): Venue {
  return {
    submit: (order, nowMs) => {
      venue.submit(order, nowMs);
      shadow.submit(order, nowMs);
    },
    cancel: (orderId, nowMs) => {
      venue.cancel(orderId, nowMs);
      shadow.cancel(orderId, nowMs);
    },
    observe: (event) => {
      venue.observe(event);
      shadow.observe(event);
    },
    settled: (ruling) => shadow.settle(ruling),
    cancelAll: (nowMs) => {
      shadow.finish(nowMs);
      return venue.cancelAll(nowMs);
    },
    advance: (nowMs) => venue.advance(nowMs),
    nextMs: () => venue.nextMs(),
    isQuiet: () => venue.isQuiet(),
  };
}

function accessTo(engine: Engine): SimMarketAccess {
  return {
    book: (ticker) => engine.book(ticker),
    closeMs: (ticker) => engine.market(ticker)?.closeMs,
    bookFeedMs: () => engine.bookFeedMs,
    fees: (ticker, atMs) => engine.fees(ticker, atMs),
  };
}
