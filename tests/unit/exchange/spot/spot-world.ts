import { Agenda } from "../../../../src/exchange/agenda.ts";
import { Rng } from "../../../../src/exchange/random.ts";
import { CoinbaseFeed } from "../../../../src/exchange/scenario/coinbase.ts";
import { PricePath, STEP_MS } from "../../../../src/exchange/scenario/price-path.ts";
import { ASSETS, profileOf } from "../../../../src/exchange/scenario/profile.ts";
import type { Happening, WorldTruth } from "../../../../src/exchange/world.ts";
import { TinyWorld } from "../../../support/tiny-world.ts";

const HISTORY_S = 27 * 3600;

/** A world of spot prices alone: the scenario's path and Coinbase feed, without the markets that make it slow. */
export class SpotWorld extends TinyWorld {
  override readonly startMs: number;
  readonly truth: WorldTruth;
  readonly #agenda: Agenda;
  readonly #feeds = new Map<string, CoinbaseFeed>();
  #nowMs: number;
  #emit: (happening: Happening) => void = () => {};

  constructor(seed = 5, startMs = Date.parse("2026-12-01T14:03:30Z")) {
    super();
    this.startMs = startMs;
    this.#nowMs = startMs;
    this.#agenda = new Agenda(startMs);
    const paths = new Map<string, PricePath>();
    for (const asset of ASSETS) {
      const rng = new Rng(seed, `spot world/${asset.coin}`);
      const path = new PricePath(asset, profileOf("fair"), rng.split("path"));
      const prices = path.history(HISTORY_S);
      const tell = (happening: Happening): void => this.#emit(happening);
      const feed = new CoinbaseFeed(asset, path, rng.split("coinbase"), tell);
      feed.loadHistory(prices, startMs);
      this.#agenda.add(startMs + STEP_MS, {
        run(atMs) {
          path.step();
          return atMs + STEP_MS;
        },
      });
      feed.schedule(this.#agenda, startMs);
      paths.set(asset.product, path);
      this.#feeds.set(asset.product, feed);
    }
    this.truth = {
      seed,
      price: (product) => paths.get(product)?.price,
      pastTrades: (product) => this.#feeds.get(product)?.pastTrades ?? [],
    };
  }

  override nowMs(): number {
    return this.#nowMs;
  }

  override nextMs(): number {
    return this.#agenda.nextMs();
  }

  override runUntil(ms: number, emit: (happening: Happening) => void): void {
    this.#emit = emit;
    for (let next = this.#agenda.nextMs(); next <= ms; next = this.#agenda.nextMs()) {
      this.#nowMs = next;
      this.#agenda.runNext();
    }
    this.#nowMs = Math.max(this.#nowMs, ms);
  }

  override products(): readonly string[] {
    return [...this.#feeds.keys()];
  }

  override spot(product: string): ReturnType<CoinbaseFeed["spot"]> {
    return this.#feeds.get(product)?.spot();
  }

  override candles(product: string, fromS: number, toS: number, granularityS: number) {
    const range = { fromS, toS, granularityS };
    return this.#feeds.get(product)?.candles.read(range, this.#nowMs) ?? [];
  }
}
