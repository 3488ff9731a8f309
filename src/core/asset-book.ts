import { type AssetOptions, AssetState } from "./asset-state.ts";
import { UNDERLYINGS, type Underlying, underlyingOf } from "./market.ts";

/** The underlyings of what is followed, each made when it is first asked for. */
export class AssetBook {
  readonly #optionsOf: (underlying: Underlying) => AssetOptions;
  readonly #assets = new Map<string, AssetState>();
  readonly #byProduct = new Map<string, AssetState>();
  readonly #byIndex = new Map<string, AssetState>();

  constructor(optionsOf: (underlying: Underlying) => AssetOptions) {
    this.#optionsOf = optionsOf;
  }

  all(): IterableIterator<AssetState> {
    return this.#assets.values();
  }

  /** Undefined for a series this program does not know how to price. */
  ofSeries(seriesTicker: string): AssetState | undefined {
    const underlying = underlyingOf(seriesTicker);
    if (underlying === undefined) return undefined;
    const known = this.#assets.get(underlying.asset);
    if (known !== undefined) return known;
    const asset = new AssetState(underlying, this.#optionsOf(underlying));
    this.#assets.set(underlying.asset, asset);
    this.#byProduct.set(underlying.product, asset);
    this.#byIndex.set(underlying.indexId, asset);
    return asset;
  }

  /** Spot may arrive before the first market of its underlying: the price history must not be lost. */
  ofProduct(product: string): AssetState | undefined {
    return (
      this.#byProduct.get(product) ?? this.ofSeries(`KX${product.slice(0, product.indexOf("-"))}`)
    );
  }

  /** Of a perpetual future, such as BTCUSDT. */
  ofPerpetual(product: string): AssetState | undefined {
    const underlying = UNDERLYINGS.find(({ asset }) => product.startsWith(asset));
    return underlying === undefined ? undefined : this.ofProduct(underlying.product);
  }

  ofIndex(indexId: string): AssetState | undefined {
    return this.#byIndex.get(indexId);
  }
}
