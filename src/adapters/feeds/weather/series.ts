import { isoTime } from "../../../core/iso-time.ts";
import type { Ms } from "../../../core/units.ts";

/** A station whose daily climate report settles series (spot-feeds.md §5.7). */
export interface Station {
  readonly id: string;
  /** At most four decimals, which is what api.weather.gov takes. */
  readonly latitude: number;
  readonly longitude: number;
  /** Local standard time against UTC. The climate day keeps to it in summer too. */
  readonly standardMin: number;
}

export interface WeatherSeries {
  readonly series: string;
  readonly kind: "high" | "low";
  readonly station: Station;
}

const EASTERN = -300;
const CENTRAL = -360;
const MOUNTAIN = -420;
const PACIFIC = -480;

const NEW_YORK = station("KNYC", [40.7789, -73.9692], EASTERN);
const PHILADELPHIA = station("KPHL", [39.8683, -75.2311], EASTERN);

// By the end of the series' ticker. The daily lows write New York with a C; Philadelphia is met in both spellings.
const STATIONS: ReadonlyMap<string, Station> = new Map([
  ["NY", NEW_YORK],
  ["NYC", NEW_YORK],
  ["CHI", station("KMDW", [41.79, -87.75], CENTRAL)],
  ["MIA", station("KMIA", [25.7906, -80.3164], EASTERN)],
  ["AUS", station("KAUS", [30.1831, -97.6799], CENTRAL)],
  ["LAX", station("KLAX", [33.9382, -118.3866], PACIFIC)],
  ["DEN", station("KDEN", [39.8466, -104.6562], MOUNTAIN)],
  ["PHL", PHILADELPHIA],
  ["PHIL", PHILADELPHIA],
]);

/** What a weather series settles on; undefined for a ticker that is none. */
export function weatherSeries(ticker: string): WeatherSeries | undefined {
  const [, kind, city] = /^KX(HIGH|LOWT)([A-Z]{2,4})$/.exec(ticker) ?? [];
  const found = city === undefined ? undefined : STATIONS.get(city);
  if (found === undefined) return undefined;
  return { series: ticker, kind: kind === "HIGH" ? "high" : "low", station: found };
}

/** The wanted series of each station, in the order of the tickers; what is no weather series is left out. */
export function byStation(
  tickers: readonly string[],
): ReadonlyMap<Station, readonly WeatherSeries[]> {
  const groups = new Map<Station, WeatherSeries[]>();
  for (const ticker of new Set(tickers)) {
    const found = weatherSeries(ticker);
    if (found === undefined) continue;
    groups.set(found.station, [...(groups.get(found.station) ?? []), found]);
  }
  return groups;
}

/** The climate day that a time belongs to, `2026-08-20`: from midnight to midnight of local standard time. */
export function climateDay(ms: Ms, { standardMin }: Station): string {
  return isoTime(ms + standardMin * 60_000).slice(0, 10);
}

/** Degrees Celsius in Fahrenheit, to a hundredth: on the way through Celsius up to one degree was lost already. */
export function fahrenheit(celsius: number): number {
  return Math.round((celsius * 9 + 160) * 20) / 100;
}

function station(
  id: string,
  [latitude, longitude]: readonly [number, number],
  standardMin: number,
): Station {
  return { id, latitude, longitude, standardMin };
}
