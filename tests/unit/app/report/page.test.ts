import { XMLValidator } from "fast-xml-parser";
import { describe, expect, test } from "vitest";
import { reportPage } from "../../../../src/app/report/page.ts";
import { changedSettings } from "../../../../src/app/report/settings.ts";
import { DEFAULTS } from "../../../../src/config/defaults.ts";
import { aProof } from "../../../support/a-proof.ts";
import { aReport } from "../../../support/a-report.ts";

const full = aReport();
const page = reportPage(full);

/** XML is stricter than HTML: what is left once its three open elements are closed must be well-formed. */
function wellFormed(html: string): unknown {
  const body = html.replace("<!doctype html>", "").replace(/<meta ([^>]*)>/g, "<meta $1/>");
  return XMLValidator.validate(body);
}

describe("the report", () => {
  test("is well-formed", () => {
    expect(wellFormed(page)).toBe(true);
  });

  test("needs nothing beside itself", () => {
    expect(page).not.toMatch(
      /<script|<link|<img|<iframe|<object|<embed|@import|url\(|src=|href=|https?:/i,
    );
    expect(page).toContain("default-src 'none'");
  });

  test("gives every picture a title, a description and its numbers", () => {
    const pictures = page.match(/<svg role="img" aria-labelledby="([\w-]+)-t \1-d"/g) ?? [];
    expect(pictures).toHaveLength(9);
    const ids = [...page.matchAll(/ id="([\w-]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const title of page.matchAll(/<h3>(.*?)<\/h3>/g)) {
      expect(page).toContain(`<summary>Numbers of “${title[1] ?? ""}”</summary>`);
    }
  });

  test("says what it rests on", () => {
    expect(page).toContain("CONFIRMED");
    expect(page).toContain("600 traded windows, worth 480 independent ones");
    expect(page).toContain("a bet at real prices reaches $20");
    expect(page).toContain("31 % on 3 Nov");
    expect(page).toContain("0123456789ab");
  });

  test("is small however long the history", () => {
    expect(page.length).toBeLessThan(200_000);
    expect(reportPage(aReport({ windows: 5_000 })).length).toBeLessThan(500_000);
  });

  test.each([1, 2, 3])("stands on %i windows", (windows) => {
    const html = reportPage(aReport({ windows }));
    expect(wellFormed(html)).toBe(true);
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("says honestly that there is nothing", () => {
    const html = reportPage({ ...full, proof: aProof() });
    expect(wellFormed(html)).toBe(true);
    expect(html).toContain("0 of 100 windows");
    expect(html).toContain(
      "Nothing that was evaluated with a probability and a market price has settled yet.",
    );
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("escapes what comes from outside, wherever it stands", () => {
    const evil = `"><script>alert('x')</script>&`;
    const { proof, provenance } = full;
    const html = reportPage({
      ...full,
      about: [[evil, evil]],
      proof: {
        ...proof,
        forecaster: evil,
        verdict: {
          ...proof.verdict,
          reason: evil,
          conditions: [{ name: evil, met: true, rule: evil, found: evil, value: 1, bound: 1 }],
        },
        breakdowns: {
          ...proof.breakdowns,
          timeToClose: proof.breakdowns.timeToClose.map((slice) => ({ ...slice, key: evil })),
          series: proof.breakdowns.series.map((slice) => ({ ...slice, key: evil })),
        },
        coverage: { ...proof.coverage, leftOut: [{ reason: evil, rows: 1 }] },
      },
      recording: {
        ...full.recording,
        groups: full.recording.groups.map((group) => ({ ...group, source: evil, reason: evil })),
      },
      provenance: {
        runs: provenance.runs.map((run) => ({
          ...run,
          command: evil,
          version: evil,
          commit: evil,
        })),
        settings: [{ key: evil, value: evil, standard: evil, runs: [1] }],
      },
    });
    expect(html).not.toContain("<script");
    expect(wellFormed(html)).toBe(true);
  });
});

const run = (runId: number, changes: object) => ({
  runId,
  configJson: JSON.stringify({ ...DEFAULTS, ...changes }),
});

describe("settings that differ from the defaults", () => {
  test("are named with the runs that had them", () => {
    const risk = { ...DEFAULTS.risk, bankroll_usd: 777 };
    const found = changedSettings([run(1, {}), run(2, { risk }), run(3, { risk })]);
    expect(found).toEqual([
      {
        key: "risk.bankroll_usd",
        value: "777",
        standard: String(DEFAULTS.risk.bankroll_usd),
        runs: [2, 3],
      },
    ]);
  });

  test("hold neither secrets nor paths", () => {
    const kalshi = { ...DEFAULTS.kalshi, api_key_id: "0123…", private_key_path: "/home/me/key" };
    expect(changedSettings([run(1, { kalshi, storage: { db_path: "/home/me/x" } })])).toEqual([]);
  });
});
