// The US weather service, api.weather.gov (spot-feeds.md §5.1). Two sources a station: the forecast and what the
// thermometer says. Neither settles anything: that is the climate report of the next morning.
//
// | answer                         | what we do with it                                                        |
// |--------------------------------|---------------------------------------------------------------------------|
// | points                         | counted as control; says which grid to ask, asked again daily and after 404 |
// | forecast, daytime period       | `forecast` event of the series of daily highs, source `nws`               |
// | forecast, night period         | the same for daily lows, on the day that the night ends in                |
// | forecast, period of the other kind | left alone                                                            |
// | observation                    | `forecast` event for each series of the station, source `nws-observation` |
// | value null or not a number     | rejected as `no_value`                                                    |
// | 429 or 5xx                     | failed: what was said before still holds                                  |
import type { Ms } from "../../../core/units.ts";
import type { Clock } from "../../../ports.ts";
import { countAt, isRecord, type JsonObject, textAt } from "../../kalshi/json.ts";
import { parseRfc3339 } from "../../platform/rfc3339.ts";
import type { Shape } from "../../platform/shape.ts";
import type { SlowContext, SlowSpec } from "../slow/feed.ts";
import { objectAt, objectsAt, readObject } from "../slow/json-body.ts";
import type { Look, Observation, PollSource } from "../slow/poll.ts";
import type { Ask } from "../slow/poll-request.ts";
import { forecastObservation } from "./forecasts.ts";
import { byStation, climateDay, fahrenheit, type Station, type WeatherSeries } from "./series.ts";

export const nwsSpec: SlowSpec = {
  name: "nws",
  feed: "weather",
  missing: ({ weatherSeries }) => (weatherSeries.length === 0 ? "weather.series is empty" : null),
  create: (context) =>
    [...byStation(context.settings.weatherSeries)].flatMap(([station, series]) => [
      forecastSource({ station, series }, context),
      observationSource({ station, series }, context),
    ]),
};

interface Place {
  readonly station: Station;
  readonly series: readonly WeatherSeries[];
}

const SHAPES: Readonly<Record<string, Shape>> = {
  points: { properties: { gridId: "text", gridX: "number", gridY: "number" } },
  forecast: {
    properties: {
      "updateTime?": "text",
      periods: [{ startTime: "text", endTime: "text", isDaytime: "any", "temperature?": "any" }],
    },
  },
  observation: { properties: { timestamp: "text", temperature: { "value?": "number" } } },
};

/** Grids are redrawn now and then. */
const RESOLVE_MS = 24 * 3_600_000;
const NOT_FOUND = 404;

interface Grid {
  readonly path: string;
  readonly atMs: Ms;
}

function forecastSource(
  place: Place,
  { clock, createAsk, settings, stats }: SlowContext,
): PollSource {
  const ask = createAsk();
  const { id, latitude, longitude } = place.station;
  let grid: Grid | null = null;
  return {
    name: `nws:${id}`,
    intervalMs: settings.weatherPollMs,
    restates: true,
    shapes: SHAPES,
    async look(signal) {
      if (grid === null || clock.nowMs() - grid.atMs > RESOLVE_MS) {
        const found = await resolveGrid(ask, `${settings.nwsUrl}/points/${latitude},${longitude}`, {
          clock,
          signal,
        });
        if ("kind" in found) return found;
        stats.control++;
        grid = found;
      }
      const url = `${settings.nwsUrl}${grid.path}/forecast?units=us`;
      const answer = await ask({ url, honoursMaxAge: true }, signal);
      if (answer.kind === "failed" && answer.status === NOT_FOUND) grid = null;
      if (answer.kind !== "body") return answer;
      const look = readForecast(answer.text, place, answer.recvMs);
      if (look.kind === "items") answer.keep();
      return look;
    },
  };
}

function observationSource(place: Place, { createAsk, settings }: SlowContext): PollSource {
  const ask = createAsk();
  const { id } = place.station;
  const url = `${settings.nwsUrl}/stations/${id}/observations/latest`;
  return {
    name: `nws-observation:${id}`,
    intervalMs: settings.weatherPollMs,
    restates: true,
    shapes: SHAPES,
    async look(signal) {
      const answer = await ask({ url, honoursMaxAge: true }, signal);
      if (answer.kind !== "body") return answer;
      const look = readObservation(answer.text, place, answer.recvMs);
      if (look.kind === "items") answer.keep();
      return look;
    },
  };
}

async function resolveGrid(
  ask: Ask,
  url: string,
  how: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Grid | Look> {
  const answer = await ask({ url }, how.signal);
  if (answer.kind !== "body") return answer;
  const properties = propertiesOf(answer.text);
  const office = /^[A-Z]{3}$/.exec((properties && textAt(properties, "gridId")) ?? "")?.[0];
  const x = properties === undefined ? undefined : countAt(properties, "gridX");
  const y = properties === undefined ? undefined : countAt(properties, "gridY");
  if (office === undefined || x === undefined || y === undefined) {
    return { kind: "unreadable", type: "points", text: answer.text };
  }
  // Built from its parts: an address that an answer names could be of any host.
  return { path: `/gridpoints/${office}/${x},${y}`, atMs: how.clock.nowMs() };
}

/** The periods that say something about the wanted series. */
export function readForecast(text: string, place: Place, recvMs: Ms): Look {
  const properties = propertiesOf(text);
  const periods = properties === undefined ? undefined : objectsAt(properties, "periods");
  if (properties === undefined || periods === undefined) {
    return { kind: "unreadable", type: "forecast", text };
  }
  const made = textAt(properties, "updateTime") ?? textAt(properties, "generatedAt") ?? "";
  const atMs = parseRfc3339(made) ?? null;
  const observations = periods.flatMap((period) =>
    place.series
      .filter(({ kind }) => (kind === "high") === (period["isDaytime"] === true))
      .map((series) => ofPeriod(period, { series, atMs, recvMs })),
  );
  return { kind: "items", type: "forecast", text, observations };
}

function ofPeriod(
  period: JsonObject,
  how: { readonly series: WeatherSeries; readonly atMs: Ms | null; readonly recvMs: Ms },
): Observation {
  const { atMs, recvMs, series } = how;
  const { station } = series;
  // A day's low comes near its dawn, so a night counts for the day that it ends in.
  const edge = textAt(period, series.kind === "high" ? "startTime" : "endTime");
  const edgeMs = parseRfc3339(edge ?? "");
  if (edgeMs === undefined) return { rejected: "no_time" };
  const value = degreesOf(period);
  if (value === undefined) return { rejected: "no_value" };
  return forecastObservation({
    series,
    source: "nws",
    targetDate: climateDay(edgeMs, station),
    value,
    atMs,
    recvMs,
  });
}

/** `84` with its unit beside it, or `{"unitCode":"wmoUnit:degC","value":28.9}`. */
function degreesOf(period: JsonObject): number | undefined {
  const { temperature, temperatureUnit } = period;
  if (isRecord(temperature)) return quantityOf(temperature);
  if (typeof temperature !== "number" || !Number.isFinite(temperature)) return undefined;
  return temperatureUnit === "C" ? fahrenheit(temperature) : temperature;
}

function quantityOf(quantity: JsonObject): number | undefined {
  const { unitCode, value } = quantity;
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return unitCode === "wmoUnit:degF" ? value : fahrenheit(value);
}

/** The newest reading of a station's thermometer, for each of the series that it settles. */
export function readObservation(text: string, place: Place, recvMs: Ms): Look {
  const properties = propertiesOf(text);
  const atMs = properties && parseRfc3339(textAt(properties, "timestamp") ?? "");
  const quantity = properties && objectAt(properties, "temperature");
  if (atMs === undefined || quantity === undefined) {
    return { kind: "unreadable", type: "observation", text };
  }
  const value = quantityOf(quantity);
  const observations = place.series.map((series): Observation => {
    if (value === undefined) return { rejected: "no_value" };
    const targetDate = climateDay(atMs, place.station);
    const source = "nws-observation";
    return forecastObservation({ series, source, targetDate, value, atMs, recvMs });
  });
  return { kind: "items", type: "observation", text, observations };
}

function propertiesOf(text: string): JsonObject | undefined {
  const body = readObject(text);
  return body === undefined ? undefined : objectAt(body, "properties");
}
