// Open-Meteo's hourly temperatures (spot-feeds.md §5.2); free for non-commercial use, data CC BY 4.0.
//
// | answer                            | what we do with it                                                      |
// |-----------------------------------|-------------------------------------------------------------------------|
// | hourly, a whole climate day       | `forecast` event of its highest or lowest hour, when that changed        |
// | hourly, a day that is over or not whole | left alone                                                        |
// | an hour that is null              | its day is rejected as `no_value`                                       |
// | error with 400                    | refused: not asked again in this run                                    |
// | error with 429 or 5xx             | failed: asked again later                                               |
import type { Ms } from "../../../core/units.ts";
import type { JsonObject } from "../../kalshi/json.ts";
import type { Shape } from "../../platform/shape.ts";
import type { SlowContext, SlowSpec } from "../slow/feed.ts";
import { objectAt, readObject } from "../slow/json-body.ts";
import type { Look, Observation, PollSource } from "../slow/poll.ts";
import { forecastObservation } from "./forecasts.ts";
import { byStation, climateDay, type Station, type WeatherSeries } from "./series.ts";

export const openMeteoSpec: SlowSpec = {
  name: "open-meteo",
  feed: "weather",
  missing: ({ weatherSeries }) => (weatherSeries.length === 0 ? "weather.series is empty" : null),
  create: (context) =>
    [...byStation(context.settings.weatherSeries)].map(([station, series]) =>
      openMeteoSource(station, series, context),
    ),
};

const SHAPES: Readonly<Record<string, Shape>> = {
  hourly: { hourly: { time: ["number"], temperature_2m: "list" } },
};
const HOURS_OF_DAY = 24;
const HOUR_MS = 3_600_000;
const MODEL = "gfs_seamless";

function openMeteoSource(
  station: Station,
  series: readonly WeatherSeries[],
  { createAsk, settings }: SlowContext,
): PollSource {
  const ask = createAsk();
  // Whole hours in UTC: the service's own daily values follow the clock face, and the climate day does not.
  const url =
    `${settings.openMeteoUrl}/v1/forecast?latitude=${station.latitude}&longitude=${station.longitude}` +
    `&hourly=temperature_2m&temperature_unit=fahrenheit&timeformat=unixtime&timezone=GMT` +
    `&past_days=1&forecast_days=4&models=${MODEL}`;
  return {
    name: `open-meteo:${station.id}`,
    intervalMs: settings.weatherPollMs,
    restates: true,
    shapes: SHAPES,
    async look(signal) {
      const answer = await ask({ url }, signal);
      return answer.kind === "body" ? readHourly(answer.text, series, answer.recvMs) : answer;
    },
  };
}

/** Highest or lowest hour of each climate day that is whole and not over. The series are of one station. */
export function readHourly(text: string, series: readonly WeatherSeries[], recvMs: Ms): Look {
  const body = readObject(text);
  const hourly = body === undefined ? undefined : objectAt(body, "hourly");
  const hours = hourly === undefined ? undefined : hoursOf(hourly);
  if (hours === undefined) return { kind: "unreadable", type: "hourly", text };
  const observations = series.flatMap((each) => ofDays(hours, each, recvMs));
  return { kind: "items", type: "hourly", text, observations };
}

interface Hour {
  readonly atMs: Ms;
  /** Null where the model has no value. */
  readonly value: number | null;
}

function hoursOf(hourly: JsonObject): readonly Hour[] | undefined {
  const { time, temperature_2m: values } = hourly;
  if (!Array.isArray(time) || !Array.isArray(values)) return undefined;
  const hours: Hour[] = [];
  for (const [at, seconds] of time.entries()) {
    const value: unknown = values[at];
    if (typeof seconds !== "number" || !Number.isSafeInteger(seconds * 1000)) return undefined;
    hours.push({ atMs: seconds * 1000, value: typeof value === "number" ? value : null });
  }
  return hours;
}

function ofDays(hours: readonly Hour[], series: WeatherSeries, recvMs: Ms): Observation[] {
  const { station } = series;
  const days = new Map<string, Hour[]>();
  for (const hour of hours) {
    const day = climateDay(hour.atMs, station);
    const ofDay = days.get(day);
    if (ofDay === undefined) days.set(day, [hour]);
    else ofDay.push(hour);
  }
  const observations: Observation[] = [];
  for (const [targetDate, ofDay] of days) {
    const isOver = (ofDay.at(-1)?.atMs ?? 0) + HOUR_MS <= recvMs;
    if (isOver || ofDay.length !== HOURS_OF_DAY) continue;
    const values = ofDay.map(({ value }) => value).filter((value) => value !== null);
    if (values.length !== HOURS_OF_DAY) {
      observations.push({ rejected: "no_value" });
      continue;
    }
    const value = series.kind === "high" ? Math.max(...values) : Math.min(...values);
    const source = "open-meteo";
    observations.push(
      forecastObservation({ series, source, targetDate, value, atMs: null, recvMs }),
    );
  }
  return observations;
}
