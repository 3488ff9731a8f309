import {
  createSlowFeed,
  type SlowFeedName,
  type SlowSettings,
} from "../../adapters/feeds/slow/feed.ts";
import { SLOW_FEEDS } from "../../adapters/feeds/slow/registry.ts";
import { weatherSeries } from "../../adapters/feeds/weather/series.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { Feed } from "../../ports.ts";
import type { Environment } from "./environment.ts";

/** The feed of `--news` or `--weather`. Throws a `usage` KbtError that says what to set when nothing could be asked. */
export function slowFeed(name: SlowFeedName, config: Config, env: Environment): Feed {
  if (name === "weather") checkSeries(config.weather.series);
  const settings = settingsOf(config);
  const feed = createSlowFeed(name, {
    specs: SLOW_FEEDS,
    settings,
    http: env.http,
    clock: env.clock,
  });
  if (feed !== null) return feed;
  throw new KbtError({
    kind: "usage",
    code: "NO_SOURCES",
    message: `no source of ${name} is set up`,
    hint:
      name === "news"
        ? "set news.rss_urls, NEWSAPI_KEY, ALPHAVANTAGE_KEY, or TWITTER_BEARER_TOKEN with news.x_query"
        : "set weather.series, such as KXHIGHNY",
  });
}

function checkSeries(tickers: readonly string[]): void {
  const unknown = tickers.filter((ticker) => weatherSeries(ticker) === undefined);
  if (unknown.length === 0) return;
  throw new KbtError({
    kind: "usage",
    code: "UNKNOWN_WEATHER_SERIES",
    message: `weather.series names ${unknown.join(", ")}, which no known station settles`,
    hint: "use KXHIGH or KXLOWT with one of NY, CHI, MIA, AUS, LAX, DEN, PHL, such as KXHIGHNY",
  });
}

function settingsOf({ news, weather }: Config): SlowSettings {
  return {
    rssUrls: news.rss_urls,
    rssPollMs: news.rss_poll_s * 1000,
    newsQuery: news.newsapi_query,
    newsapi: {
      url: news.newsapi_url,
      key: news.newsapi_key,
      pollMs: news.newsapi_poll_s * 1000,
    },
    alphavantage: {
      url: news.alphavantage_url,
      key: news.alphavantage_key,
      ticker: news.alphavantage_ticker,
      pollMs: news.alphavantage_poll_s * 1000,
    },
    x: {
      url: news.x_url,
      token: news.twitter_bearer_token,
      query: news.x_query,
      postsPerHour: news.x_posts_per_hour,
      pollMs: news.x_poll_s * 1000,
    },
    weatherSeries: weather.series,
    weatherPollMs: weather.poll_s * 1000,
    nwsUrl: weather.noaa_url,
    openMeteoUrl: weather.open_meteo_url,
    contact: weather.contact,
  };
}
