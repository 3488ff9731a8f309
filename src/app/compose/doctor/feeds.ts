import type { KalshiRest } from "../../../adapters/kalshi/rest.ts";
import type { Config } from "../../../config/schema.ts";
import type { Feed } from "../../../ports.ts";
import { type Environment, SLOW_FEED_NAMES, SPOT_VENUES } from "../environment.ts";
import { kalshiFeed, spotFeed } from "../feeds.ts";
import { driverOf } from "../record.ts";
import { type Finding, linesOf } from "./finding.ts";

// Each feed that the configuration enables is run until it delivers, and nothing of it is stored: in no other way can be
// known that its host, its subscription and its parser work.

const WAIT_MS = 15_000;

interface Asked {
  readonly config: Config;
  readonly env: Environment;
  readonly rest: KalshiRest;
}

export async function feedLines(asked: Asked, signal: AbortSignal): Promise<Finding[]> {
  const { config, env } = asked;
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const driving = driverOf(env)?.(() => {}, ended);
  try {
    const probed = await Promise.all(quickFeeds(asked).map((feed) => probe(feed, env, ended)));
    const slow = SLOW_FEED_NAMES.filter((name) => config.collect[name] && env.sim === null);
    return [...probed, ...(await Promise.all(slow.map((name) => setUp(name, asked))))];
  } finally {
    stop.abort();
    await driving;
  }
}

function quickFeeds({ config, env, rest }: Asked): Feed[] {
  return [
    ...(config.collect.kalshi ? [kalshiFeed(config, env, { rest, spotUsd: () => null })] : []),
    ...SPOT_VENUES.filter((name) => config.collect[name]).map((name) =>
      spotFeed(name, config, env),
    ),
  ];
}

function lines(name: string) {
  return linesOf({
    check: `feed ${name}`,
    why: "a feed that is enabled and silent ends a recording as not done, and stops trading",
    todo: "check the connection and the addresses of it (kbt config show --origin), or switch it off under [collect]",
  });
}

async function probe(feed: Feed, env: Environment, signal: AbortSignal): Promise<Finding> {
  const said = lines(feed.name);
  const done = new AbortController();
  const both = AbortSignal.any([signal, done.signal]);
  const startMs = env.real.monoMs();
  let firstMs: number | null = null;
  const waiting = env.real.sleep(WAIT_MS, both).then(
    () => done.abort(),
    () => undefined,
  );
  try {
    await feed.run(() => {
      firstMs ??= env.real.monoMs() - startMs;
      done.abort();
    }, both);
  } catch (error) {
    signal.throwIfAborted();
    return said.fail(error);
  } finally {
    done.abort();
    await waiting;
  }
  signal.throwIfAborted();
  return firstMs === null
    ? said.fail(`nothing in ${WAIT_MS / 1000} s: ${feed.status()}`)
    : said.ok(`first message after ${Math.round(firstMs)} ms`);
}

/** News and weather are only built: some of their sources charge each answer. */
async function setUp(name: (typeof SLOW_FEED_NAMES)[number], asked: Asked): Promise<Finding> {
  const said = lines(name);
  try {
    const { slowFeed } = await import("../slow-feeds.ts");
    slowFeed(name, asked.config, asked.env);
    return said.ok("set up; not asked, because some sources charge each answer");
  } catch (error) {
    return said.fail(error);
  }
}
