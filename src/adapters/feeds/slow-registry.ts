import { alphavantageSpec } from "./alphavantage.ts";
import { newsapiSpec } from "./newsapi.ts";
import { nwsSpec } from "./nws.ts";
import { openMeteoSpec } from "./open-meteo.ts";
import { rssSpec } from "./rss.ts";
import type { SlowSpec } from "./slow-feed.ts";
import { xSearchSpec } from "./x-search.ts";

/** Every source of news and weather: one line each. */
export const SLOW_FEEDS: readonly SlowSpec[] = [
  rssSpec,
  newsapiSpec,
  alphavantageSpec,
  xSearchSpec,
  nwsSpec,
  openMeteoSpec,
];
