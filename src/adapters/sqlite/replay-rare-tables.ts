import type { AccountInput, Settlement } from "../../core/events.ts";
import type { FeeTerms } from "../../core/fees.ts";
import { type Market, usualDigits } from "../../core/market.ts";
import { type ReadTable, type ReplayContext, readTable } from "./replay-context.ts";

// Tables with a few rows a second at most, as the events they were.

/** Rows of earlier versions lack what later ones added. */
type StoredMarket = Omit<Market, "feeWaiverMs" | "valueDigits"> &
  Partial<Pick<Market, "feeWaiverMs" | "valueDigits">>;
type StoredSettlement = Omit<Settlement, "yesPayout"> & Partial<Pick<Settlement, "yesPayout">>;

export function wakes({ db, startedMs }: ReplayContext): ReadTable {
  return readTable(
    db.prepare<[number, number], [number, number]>(
      "SELECT ev, dt_ms FROM wakes WHERE ev >= ? AND ev < ?",
    ),
    ([, dtMs]) => ({ type: "wake", recvMs: startedMs + dtMs }),
  );
}

export function markets({ db, startedMs }: ReplayContext): ReadTable {
  return readTable(
    db.prepare<
      [number, number],
      [number, string, number]
    >(`SELECT u.ev, s.facts_json, u.dt_ms FROM market_updates u JOIN market_states s ON s.state_id = u.state_id
     WHERE u.ev >= ? AND u.ev < ?`),
    ([, json, dtMs]) => {
      const stored: StoredMarket = JSON.parse(json);
      const valueDigits = usualDigits(stored.seriesTicker);
      const market: Market = { feeWaiverMs: null, valueDigits, ...stored };
      return { type: "market", market, recvMs: startedMs + dtMs };
    },
  );
}

export function fees({ db, startedMs }: ReplayContext): ReadTable {
  return readTable(
    db.prepare<[number, number], [number, "series" | "event", string, string, number]>(
      "SELECT ev, scope, ticker, terms_json, dt_ms FROM fee_reports WHERE ev >= ? AND ev < ?",
    ),
    ([, scope, ticker, json, dtMs]) => {
      const terms: readonly FeeTerms[] = JSON.parse(json);
      return { type: "fees", scope, ticker, terms, recvMs: startedMs + dtMs };
    },
  );
}

export function settlements({ db }: ReplayContext): ReadTable {
  return readTable(
    db.prepare<[number, number], [number, string]>(
      "SELECT ev, event_json FROM settlement_receipts WHERE ev >= ? AND ev < ?",
    ),
    ([, json]) => {
      const stored: StoredSettlement = JSON.parse(json);
      return { yesPayout: null, ...stored };
    },
  );
}

export function accounts({ db, startedMs }: ReplayContext): ReadTable {
  return readTable(
    db.prepare<[number, number], [number, number, string]>(
      "SELECT ev, dt_ms, what_json FROM account_receipts WHERE ev >= ? AND ev < ?",
    ),
    ([, dtMs, json]) => {
      const what: AccountInput["what"] = JSON.parse(json);
      return { type: "account", what, recvMs: startedMs + dtMs };
    },
  );
}

export function funding({ db, startedMs }: ReplayContext): ReadTable {
  return readTable(
    db.prepare<
      [number, number],
      [number, string, string, number, number, number, number]
    >(`SELECT ev, source, product, at_ms, rate, is_estimate, dt_ms FROM funding_values
     WHERE ev >= ? AND ev < ?`),
    ([, source, product, atMs, rate, estimate, dtMs]) => {
      const recvMs = startedMs + dtMs;
      return { type: "funding", source, product, rate, atMs, isEstimate: estimate === 1, recvMs };
    },
  );
}

export function drifts({ db, startedMs }: ReplayContext): ReadTable {
  return readTable(
    db.prepare<[number, number], [number, string, string, string, string, number, number]>(
      "SELECT ev, source, message_type, path, raw, halts, dt_ms FROM drifts WHERE ev >= ? AND ev < ?",
    ),
    ([, source, messageType, path, raw, halts, dtMs]) => {
      const recvMs = startedMs + dtMs;
      return { type: "drift", source, messageType, path, raw, halts: halts === 1, recvMs };
    },
  );
}

export function news({ db, startedMs }: ReplayContext): ReadTable {
  return readTable(
    db.prepare<[number, number], [number, string, number | null, string, string | null, number]>(
      "SELECT ev, source, published_ms, title, url, dt_ms FROM news_values WHERE ev >= ? AND ev < ?",
    ),
    ([, source, publishedMs, title, url, dtMs]) => {
      return { type: "news", source, publishedMs, title, url, recvMs: startedMs + dtMs };
    },
  );
}

export function forecasts({ db, startedMs }: ReplayContext): ReadTable {
  return readTable(
    db.prepare<
      [number, number],
      [number, string, string, string, number, string, number, number]
    >(`SELECT ev, series, station, target_date, value, source, at_ms, dt_ms FROM forecast_values
     WHERE ev >= ? AND ev < ?`),
    ([, series, station, targetDate, value, source, atMs, dtMs]) => {
      const facts = { series, station, targetDate, value, source, atMs };
      return { type: "forecast", ...facts, recvMs: startedMs + dtMs };
    },
  );
}
