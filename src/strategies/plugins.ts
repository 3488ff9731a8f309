// Every strategy there is, a line each; they run in the order of these names.

export { alwaysNo, baseRate, marketMid } from "./baselines.ts";
export { ensemble } from "./ensemble.ts";
export { farthestBand } from "./farthest-band.ts";
export { fundingRate } from "./funding-rate.ts";
export { kellyVol } from "./kelly-vol.ts";
export { meanReversion } from "./mean-reversion.ts";
export { momentum } from "./momentum.ts";
export { orderbookImbalance } from "./orderbook-imbalance.ts";
export { thresholdEv } from "./threshold-ev.ts";
export { volatilityRegime } from "./volatility-regime.ts";
