import { alphavantageSpec } from "../news/alphavantage.ts";
import { newsapiSpec } from "../news/newsapi.ts";
import { rssSpec } from "../news/rss.ts";
import { xSearchSpec } from "../news/x-search.ts";
import { nwsSpec } from "../weather/nws.ts";
import { openMeteoSpec } from "../weather/open-meteo.ts";
import type { SlowSpec } from "./feed.ts";

/** Every source of news and weather: one line each. */
export const SLOW_FEEDS: readonly SlowSpec[] = [
  rssSpec,
  newsapiSpec,
  alphavantageSpec,
  xSearchSpec,
  nwsSpec,
  openMeteoSpec,
];
