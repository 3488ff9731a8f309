import type { Ms } from "../../../core/units.ts";
import type { Observation } from "../slow/poll.ts";
import type { WeatherSeries } from "./series.ts";

interface ForecastFacts {
  readonly series: WeatherSeries;
  readonly source: string;
  readonly targetDate: string;
  readonly value: number;
  /** Null when the source does not say when it was made. */
  readonly atMs: Ms | null;
  readonly recvMs: Ms;
}

/** Coldest and hottest air ever measured on earth lie inside, in degrees Fahrenheit. */
const COLDEST = -150;
const HOTTEST = 150;

/** A forecast as an observation; the same value made at the same time is a repeat. */
export function forecastObservation(facts: ForecastFacts): Observation {
  const { recvMs, source, targetDate, value } = facts;
  if (!(value >= COLDEST && value <= HOTTEST)) return { rejected: "no_value" };
  const { series, station } = facts.series;
  return {
    slot: `${series} ${targetDate}`,
    mark: `${value} ${facts.atMs ?? ""}`,
    event: {
      type: "forecast",
      series,
      station: station.id,
      targetDate,
      value,
      source,
      atMs: facts.atMs ?? recvMs,
      recvMs,
    },
  };
}
