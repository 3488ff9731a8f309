import type { SpotFaults } from "../../../../src/exchange/spot/faults.ts";
import { type SpotVenueName, SpotVenues } from "../../../../src/exchange/spot/registry.ts";
import type { Happening, World } from "../../../../src/exchange/world.ts";
import { SpotWorld } from "./spot-world.ts";

/** A client of one spot venue, in memory. */
export class SpotClient {
  readonly texts: string[] = [];
  readonly pings: string[] = [];
  readonly pieces: number[] = [];
  /** What every WebSocket library does by itself. */
  answersPings = true;
  closeCode: number | null = null;
  readonly #connection: {
    receive(text: string): void;
    control?(kind: "ping" | "pong"): void;
    closed(): void;
  };

  constructor(venues: SpotVenues, name: SpotVenueName, path: string) {
    const connection = venues.connect(name, path, {
      send: (text) => this.texts.push(text),
      sendPieces: (text, pieces) => {
        this.texts.push(text);
        this.pieces.push(pieces);
      },
      close: (code) => {
        this.closeCode = code;
      },
      buffered: () => 0,
      ping: (payload) => {
        this.pings.push(payload);
        if (this.answersPings) this.control("pong");
      },
    });
    if ("status" in connection) throw new Error(`refused: ${connection.status}`);
    this.#connection = connection;
  }

  say(message: unknown): void {
    this.#connection.receive(typeof message === "string" ? message : JSON.stringify(message));
  }

  control(kind: "ping" | "pong"): void {
    this.#connection.control?.(kind);
  }

  hangUp(): void {
    this.#connection.closed();
  }

  /** Everything received since the last call, parsed. */
  take() {
    return this.takeTexts().map((text) => JSON.parse(text));
  }

  takeTexts(): string[] {
    return this.texts.splice(0);
  }
}

/** The venues over a world, without the exchange around them. */
export class SpotBench {
  readonly world: World;
  readonly venues: SpotVenues;
  readonly startMs: number;
  onHappening: (happening: Happening) => void = () => {};

  constructor(world: World = new SpotWorld()) {
    this.world = world;
    this.startMs = world.nowMs();
    this.venues = new SpotVenues(world);
  }

  client(name: SpotVenueName, path: string): SpotClient {
    return new SpotClient(this.venues, name, path);
  }

  faults(name: SpotVenueName, faults: Partial<SpotFaults>): void {
    this.venues.faults(name, faults);
  }

  get(path: string) {
    const answer = this.venues.handleHttp({ method: "GET", path, headers: {}, body: "" });
    if (answer === undefined) throw new Error(`nobody answers ${path}`);
    const { status, headers, body } = answer;
    return { status, headers, json: body === "" ? undefined : JSON.parse(body) };
  }

  /** Lets so many milliseconds pass, everything at its own time. */
  pass(ms: number): void {
    const untilMs = this.world.nowMs() + ms;
    for (;;) {
      const next = Math.min(this.world.nextMs() ?? Infinity, this.venues.nextTimerMs());
      const atMs = Math.min(next, untilMs);
      this.world.runUntil(atMs, (happening) => {
        this.onHappening(happening);
        this.venues.publish(happening);
      });
      this.venues.runTimers(atMs);
      if (next > untilMs) return;
    }
  }
}
