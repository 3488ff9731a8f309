import type { Forecast, NewsItem } from "../../core/events.ts";
import type { Plain } from "../../core/units.ts";
import type { RowContext } from "./spot-rows.ts";

// Rows of the slow feeds, headlines and weather forecasts.

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
