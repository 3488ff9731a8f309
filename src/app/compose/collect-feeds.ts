import type { KalshiRest } from "../../adapters/kalshi/rest.ts";
import type { Config } from "../../config/schema.ts";
import { secretsOf } from "../../config/secrets.ts";
import { KbtError } from "../../core/errors.ts";
import type { Feed } from "../../ports.ts";
import type { Session } from "../session.ts";
import { type Environment, SLOW_FEED_NAMES, SPOT_VENUES } from "./environment.ts";
import { assertReachable, kalshiFeed, kalshiRest, keyWarnings, spotFeed } from "./feeds.ts";
import { openRawFiles, type RawFiles } from "./raw.ts";
import { damage } from "./record.ts";

// Which feeds a `collect` run has, and with what on their wires.

export interface WiredFeeds {
  readonly feeds: readonly Feed[];
  /** Null without `--raw`. */
  readonly raw: RawFiles | null;
  /** Names the session whose spot centres the ladders, and gives it back. */
  readonly follow: (session: Session) => Session;
  /** Tokens left to read Kalshi with. */
  readonly readTokens: () => number;
}

/** Builds the feeds that the configuration asks for; throws `NO_FEEDS` when there is none. */
export async function wireFeeds(
  config: Config,
  env: Environment,
  signal: AbortSignal,
): Promise<WiredFeeds> {
  let followed: Session | null = null;
  const spotUsd = (product: string): number | null => followed?.spotUsd(product) ?? null;
  const raw = config.collect.raw
    ? openRawFiles(env, config.storage.db_path, secretsOf(config))
    : null;
  const wires = async (feed: string): Promise<Environment> =>
    raw === null ? env : raw.environmentOf(feed);
  try {
    const rest = kalshiRest(config.collect.kalshi ? await wires("kalshi") : env);
    if (config.collect.kalshi) await assertReachable(env, rest, signal);
    const feeds = await wantedFeeds({ config, env, wires, raw, rest, spotUsd });
    return {
      feeds,
      raw,
      follow: (session) => (followed = session),
      readTokens: () => rest.readTokens(),
    };
  } catch (error) {
    // What was asked in vain is on file too.
    await raw?.close();
    throw error;
  }
}

async function wantedFeeds(wanted: {
  readonly config: Config;
  readonly env: Environment;
  /** The environment as one feed sees it. */
  readonly wires: (feed: string) => Promise<Environment>;
  readonly raw: RawFiles | null;
  readonly rest: KalshiRest;
  readonly spotUsd: (product: string) => number | null;
}): Promise<readonly Feed[]> {
  const { config, env, wires, raw, rest, spotUsd } = wanted;
  const feeds: Feed[] = [];
  if (config.collect.kalshi) {
    const feed = kalshiFeed(config, await wires("kalshi"), { rest, spotUsd });
    feeds.push(raw === null ? feed : noting(feed, raw));
  }
  for (const name of SPOT_VENUES) {
    if (config.collect[name]) feeds.push(spotFeed(name, config, await wires(name)));
  }
  for (const name of SLOW_FEED_NAMES) {
    if (!config.collect[name] || env.sim !== null) continue;
    const { slowFeed } = await import("./slow-feeds.ts");
    feeds.push(slowFeed(name, config, await wires(name)));
  }
  if (feeds.length > 0) return feeds;
  throw new KbtError({
    kind: "usage",
    code: "NO_FEEDS",
    message: "no feed is enabled",
    hint: "pass --coinbase, --kalshi or another feed, or enable one under [collect]; --sim serves no news and no weather",
  });
}

/** The same feed, with the markets it finds noted for whoever replays the file. */
function noting(feed: Feed, raw: RawFiles): Feed {
  return {
    name: feed.name,
    stats: feed.stats,
    status: () => feed.status(),
    run: (sink, signal) =>
      feed.run((event) => {
        if (event.type === "market") raw.market(event.market);
        sink(event);
      }, signal),
  };
}

/** A recording without trades of a venue cannot deliver that venue. */
export function absentFeeds(env: Environment): ReadonlySet<string> {
  return new Set(env.sim !== null && env.sim.products.length === 0 ? ["coinbase"] : []);
}

export function runWarnings(env: Environment, config: Config): string[] {
  const ofKey = config.collect.kalshi ? keyWarnings(env) : [];
  return [...damage(env), ...absenceWarnings(env, config), ...ofKey];
}

function absenceWarnings(env: Environment, config: Config): string[] {
  const warnings = SLOW_FEED_NAMES.filter((name) => config.collect[name] && env.sim !== null).map(
    (name) => `the local exchange serves no ${name}, so ${name} was left out`,
  );
  if (config.collect.coinbase && absentFeeds(env).size > 0) {
    warnings.push(
      "the recording holds no Coinbase trades for these minutes, so coinbase delivered nothing",
    );
  }
  return warnings;
}
