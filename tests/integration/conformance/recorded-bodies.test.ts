// Recorded answers of the real exchange pass the very checks that the local exchange's own answers pass, apart from
// fields that were removed or added since the recording, each named with its date.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { loadMethods, loadModels, ModelChecker } from "../../support/sdk-models.ts";

const folder = path.resolve(import.meta.dirname, "../../../../shared/data/kalshi");
const isThere = existsSync(folder);

/** Differences between a recording's day and the client of September 2026 (kalshi.md §2.12). */
const SINCE_REMOVED =
  /\.(?:fractional_trading_enabled|response_price_units|liquidity_dollars|service): unknown field$/;
const SINCE_ADDED = /\.(?:exchange_index|categories): missing field$/;

const methods = loadMethods();
const checker = new ModelChecker(loadModels());
let bodies = 0;
let differences = 0;

/** The most literal endpoint wins: /markets/trades is no market. */
function methodOf(verb: string, url: string): { readonly answer: string } | undefined {
  const wanted = url.split("?", 1)[0]?.replace("/trade-api/v2", "") ?? "";
  return methods
    .filter(({ endpoint }) => {
      const [method = "", template = ""] = endpoint.split(" ");
      return (
        method === verb && new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(wanted)
      );
    })
    .toSorted((a, b) => a.endpoint.split("{").length - b.endpoint.split("{").length)[0];
}

function check(model: string, body: unknown): readonly string[] {
  bodies++;
  const found = checker
    .check(model, body, model)
    .map(({ path: at, problem }) => `${at}: ${problem}`);
  const known = found.filter((text) => SINCE_REMOVED.test(text) || SINCE_ADDED.test(text));
  differences += known.length;
  return found.filter((text) => !known.includes(text));
}

function readJson(...parts: readonly string[]): Record<string, unknown> {
  const bytes = readFileSync(path.join(folder, ...parts));
  return JSON.parse((parts.at(-1)?.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString());
}

afterAll(() => {
  if (!isThere) return;
  process.stdout.write(
    `recorded REST bodies: ${bodies} checked, ${checker.seenFields.size} fields, ${differences} dated differences\n`,
  );
});

describe.skipIf(!isThere)(
  isThere ? "recorded bodies" : "SKIPPED: ../shared/data absent, no recorded body was checked",
  () => {
    const demo = isThere
      ? readdirSync(path.join(folder, "rest-demo-20260611")).filter((name) =>
          name.endsWith(".meta.json"),
        )
      : [];

    test("every accepted call of the demo session", () => {
      const findings = demo.flatMap((name) => {
        const meta = readJson("rest-demo-20260611", name);
        const method = methodOf(String(meta["method"]), String(meta["path"]));
        if (meta["status"] !== 200 && meta["status"] !== 201) return [];
        if (method === undefined) return [];
        const body = readJson("rest-demo-20260611", name.replace(".meta.json", ".json"));
        return check(method.answer, body).map((text) => `${name}: ${text}`);
      });
      expect(findings).toEqual([]);
      expect(bodies).toBeGreaterThan(20);
    });

    test("market, fills, series and candlesticks of production", () => {
      const market = readJson("rest-shapes-prod", "market_single.json");
      const fills = readJson("rest-shapes-prod", "portfolio_fills_redacted.json");
      const series = readJson("rest-shapes-prod", "series_fee_fields.json")["payloads"];
      const candles = readJson("rest-shapes-prod", "candlesticks_mlb.json")["markets"];
      const findings = [
        ...check("GetMarketResponse", market["single"]),
        ...check("Market", market["nested"]),
        ...check("GetMarketOrderbookResponse", market["orderbook"]),
        // The cursor went with the redaction.
        ...check("GetFillsResponse", { ...Object(fills["payload"]), cursor: "" }),
        ...Object.values(series ?? {}).flatMap((body) => check("GetSeriesResponse", body)),
        ...Object.values(candles ?? {}).flatMap(({ candlesticks }) =>
          check("Array<MarketCandlestick>", candlesticks),
        ),
      ];
      expect(findings).toEqual([]);
    });

    test.each(isThere ? readdirSync(path.join(folder, "market-objects")) : [])(
      "every market of %s",
      (name) => {
        const markets = Object.values(readJson("market-objects", name));
        expect(markets.length).toBeGreaterThan(50);
        expect(markets.flatMap((market) => check("Market", market))).toEqual([]);
      },
    );
  },
);
