import type { Transfers } from "../trading/transfers.ts";
import type { RateLimits } from "./buckets.ts";
import type { Records } from "./records.ts";
import { accountRoutes } from "./rest-account.ts";
import { candleRoutes } from "./rest-candles.ts";
import { eventRoutes } from "./rest-events.ts";
import { exchangeRoutes } from "./rest-exchange.ts";
import { GROUP_ROUTES } from "./rest-groups.ts";
import { historyRoutes } from "./rest-history.ts";
import { indexRoutes } from "./rest-index.ts";
import { marketRoutes } from "./rest-markets.ts";
import { orderReadRoutes } from "./rest-order-reads.ts";
import { ORDER_ROUTES } from "./rest-orders.ts";
import { portfolioRoutes } from "./rest-portfolio.ts";
import { seriesRoutes } from "./rest-series.ts";
import { tradeRoutes } from "./rest-trades.ts";
import { transferRoutes } from "./rest-transfers.ts";
import type { Route } from "./route.ts";

/** Every endpoint of Kalshi's REST interface that this exchange has. */
export function kalshiRoutes(
  records: Records,
  limits: RateLimits,
  transfers: Transfers,
): readonly Route[] {
  const routes: readonly Route[] = [
    ...exchangeRoutes(records),
    ...seriesRoutes(records),
    ...eventRoutes(records),
    ...marketRoutes(records),
    ...tradeRoutes(records),
    ...candleRoutes(records),
    ...historyRoutes(records),
    ...indexRoutes(records),
    ...accountRoutes(limits, () => routes),
    ...ORDER_ROUTES,
    ...orderReadRoutes(records.archive),
    ...GROUP_ROUTES,
    ...portfolioRoutes(records.archive),
    ...transferRoutes(transfers),
  ];
  return routes;
}
