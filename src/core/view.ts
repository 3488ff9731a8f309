import type { PricingModel } from "./engine-config.ts";
import type { Priced } from "./pricer.ts";
import type { MarketView } from "./strategy.ts";
import type { Ms } from "./units.ts";

/** A market's view together with the model inputs that go on file but are no strategy's business. */
export interface View {
  readonly market: MarketView;
  readonly priced: Priced;
  readonly model: PricingModel;
  readonly bookAgeMs: Ms | null;
}
