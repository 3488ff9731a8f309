import type { Forecast, MarketEvent, NewsItem } from "../../core/events.ts";
import type { Plain } from "../../core/units.ts";

import type { Db } from "./open.ts";
import type { RowContext } from "./spot-rows.ts";

// Rows of the slow feeds, there and back: headlines and weather forecasts.

/** Prepares the row of a headline. The caller owns the transaction. */
export function newsWriter({
  db,
  startedMs,
}: RowContext): (ev: number, e: Plain<NewsItem>) => void {
  const insert = db.prepare(
    "INSERT INTO news_values (ev, source, published_ms, title, url, dt_ms) VALUES (?, ?, ?, ?, ?, ?)",
  );
  return (ev, e) => {
    insert.run(ev, e.source, e.publishedMs, e.title, e.url, e.recvMs - startedMs);
  };
}

/** Prepares the row of a weather forecast. The caller owns the transaction. */
export function forecastWriter({
  db,
  startedMs,
}: RowContext): (ev: number, e: Plain<Forecast>) => void {
  const insert = db.prepare(
    `INSERT INTO forecast_values (ev, series, station, target_date, value, source, at_ms, dt_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (ev, e) => {
    const { atMs, recvMs, series, source, station, targetDate, value } = e;
    insert.run(ev, series, station, targetDate, value, source, atMs, recvMs - startedMs);
  };
}

/** Prepares the rows of a range of numbers as the events they were. */
export function slowReader(
  db: Db,
  startedMs: number,
): (low: number, high: number, put: (ev: number, event: MarketEvent) => void) => void {
  const news = db
    .prepare<[number, number], [number, string, number | null, string, string | null, number]>(
      "SELECT ev, source, published_ms, title, url, dt_ms FROM news_values WHERE ev >= ? AND ev < ?",
    )
    .raw();
  const forecasts = db
    .prepare<
      [number, number],
      [number, string, string, string, number, string, number, number]
    >(`SELECT ev, series, station, target_date, value, source, at_ms, dt_ms FROM forecast_values
     WHERE ev >= ? AND ev < ?`)
    .raw();
  return (low, high, put) => {
    for (const [ev, source, publishedMs, title, url, dtMs] of news.all(low, high)) {
      put(ev, { type: "news", source, publishedMs, title, url, recvMs: startedMs + dtMs });
    }
    for (const row of forecasts.all(low, high)) {
      const [ev, series, station, targetDate, value, source, atMs, dtMs] = row;
      const facts = { series, station, targetDate, value, source, atMs };
      put(ev, { type: "forecast", ...facts, recvMs: startedMs + dtMs });
    }
  };
}
