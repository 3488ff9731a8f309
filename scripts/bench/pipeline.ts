import { createKalshiStream } from "../../src/adapters/kalshi/stream.ts";
import { createSystemClock } from "../../src/adapters/platform/system-clock.ts";
import { createOpenSocket } from "../../src/adapters/platform/websocket.ts";
import { buildEngine } from "../../src/app/compose/engine.ts";
import { pricingOf } from "../../src/app/compose/pricing.ts";
import { buildSimVenue } from "../../src/app/compose/sim-venue.ts";
import { Session } from "../../src/app/session.ts";
import { IndexProxy } from "../../src/core/index/proxy.ts";
import { mulberry32 } from "../../src/core/rng.ts";
import type { Clock, OpenSocket, SocketHandlers } from "../../src/ports.ts";
import { frameMs, START_MS } from "./frames.ts";
import type { PathRun } from "./path-run.ts";
import {
  BENCH_CONFIG,
  BENCH_UNDERLYING,
  benchCandles,
  benchFees,
  benchMarkets,
  FRAMES_PER_SPOT,
  spotBefore,
} from "./path-world.ts";
import { openBenchRecorder } from "./recorder.ts";

/** As `kbt paper` flushes by itself. */
const FLUSH_MS = 250;
/** kbt as `kbt paper` wires it, except for discovery and spot: the Kalshi stream, session, engine, simulated venue, recorder. */
export async function runKbt(
  run: PathRun,
  tickers: readonly string[],
  openSocket?: OpenSocket,
): Promise<void> {
  const system = createSystemClock();
  const time = new FrameTime(system);
  const recorder = openBenchRecorder(run.db, () => time.clock.nowMs());
  const engine = buildEngine(BENCH_CONFIG, {
    pricing: pricingOf(BENCH_CONFIG),
    runId: recorder.runId,
    runKey: `bench/${recorder.runId}`,
    // Without the baselines that are logged once a minute beside it: nobody is measured by three rows a market.
    strategies: ["threshold-ev"],
    slippage: [],
  });
  const venue = buildSimVenue(BENCH_CONFIG, engine);
  const stop = new AbortController();
  const stream = createKalshiStream({
    url: run.url,
    openSocket: time.counting(openSocket ?? createOpenSocket(system)),
    signer: null,
    clock: time.clock,
    rng: mulberry32(1),
  });
  const session = new Session({
    recorder,
    engine,
    venue,
    proxy: new IndexProxy([BENCH_UNDERLYING]),
    startMs: START_MS,
    resync: (ticker, reason) => stream.resync(ticker, reason),
  });
  session.handle(benchFees(), null);
  for (const candle of benchCandles()) session.handle(candle, null);
  for (const market of benchMarkets(tickers)) session.handle(market, "kalshi");
  stream.setMarkets(tickers);
  // A program that trades has been up for hours: its start is not part of the path.
  await recorder.drain();
  const timer = setInterval(() => recorder.flush(), FLUSH_MS);
  let decided = 0;
  await stream.run(
    {
      event(event) {
        if (decided % FRAMES_PER_SPOT === 0) session.handle(spotBefore(decided), "coinbase");
        session.handle(event, "kalshi");
        run.decided(decided++);
        if (decided === run.count) stop.abort();
      },
      lifecycle: () => {},
      missed: () => {},
      connected: () => {},
    },
    stop.signal,
  );
  clearInterval(timer);
  await recorder.drain();
  run.stored();
  await recorder.close(0);
}

/** Time that advances by the frames that came, not by the wall: each subject decides at the same times then. */
class FrameTime {
  readonly clock: Clock;
  /** Commands that are not acknowledged yet; their answers are no data. */
  #asked = 0;
  #frames = 0;

  constructor(system: Clock) {
    this.clock = {
      nowMs: () => frameMs(this.#frames),
      monoMs: () => system.monoMs(),
      sleep: (ms, signal) => system.sleep(ms, signal),
    };
  }

  counting(open: OpenSocket): OpenSocket {
    return (url, headers, handlers) => {
      const socket = open(url, headers, this.#stamping(handlers));
      return {
        send: (text) => {
          this.#asked++;
          socket.send(text);
        },
        close: () => socket.close(),
      };
    };
  }

  #stamping(handlers: SocketHandlers): SocketHandlers {
    return {
      ...handlers,
      onBytes: (bytes) => {
        if (handlers.onBytes?.(bytes, frameMs(this.#frames)) !== true) return false;
        this.#count();
        return true;
      },
      onMessage: (text) => {
        handlers.onMessage(text, frameMs(this.#frames));
        this.#count();
      },
    };
  }

  #count(): void {
    if (this.#asked > 0) this.#asked--;
    else this.#frames++;
  }
}
