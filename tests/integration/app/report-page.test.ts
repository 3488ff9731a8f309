import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reportPage } from "../../../src/app/report/page.ts";
import { aProof } from "../../support/a-proof.ts";
import { aReport } from "../../support/a-report.ts";

// The page of `calibrate --html` in a browser: in light and dark, as wide as a desk and as narrow as a phone.

const CHROMIUM = process.env["KBT_TEST_CHROMIUM"] ?? "/usr/bin/chromium";
const isThere = existsSync(CHROMIUM);
if (!isThere) {
  process.stderr.write(
    `SKIPPED: the report is NOT looked at in a browser, there is none at ${CHROMIUM} (KBT_TEST_CHROMIUM names another)\n`,
  );
}

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const FULL = aReport();
const PAGES = {
  full: reportPage(FULL),
  small: reportPage(aReport({ windows: 12 })),
  empty: reportPage({ ...FULL, proof: aProof() }),
};

const PAPER = 688;

/** Rows of one plot, with all of it that is read. */
interface Label {
  readonly plot: string;
  readonly text: string;
  readonly box: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
}

describe.skipIf(!isThere)("the report in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  }, 60_000);
  afterAll(() => browser?.close());

  async function shown(
    html: string,
    {
      media = "screen",
      scheme = "light",
      width,
    }: {
      readonly media?: "screen" | "print";
      readonly scheme?: "light" | "dark";
      readonly width: number;
    },
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height: 900 } });
    await page.emulateMedia({ media });
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith("data:")) complaints.push(request.url());
    });
    try {
      await page.goto(`data:text/html;base64,${Buffer.from(html).toString("base64")}`);
      await look(page);
      expect(complaints).toEqual([]);
    } finally {
      await page.close();
    }
  }

  test.each([
    ["full", "light"],
    ["full", "dark"],
  ] as const)("axe finds nothing serious: %s, %s", async (name, scheme) => {
    await shown(PAGES[name], { scheme, width: 1200 }, async (page) => {
      // One table of each kind will do; all of them would take axe ten seconds.
      await page.locator("summary").first().click();
      await page.evaluate(axe.source);
      const found = await page.evaluate<string[]>(
        `axe.run().then(({ violations }) => violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => id + ": " + nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(" | ")))`,
      );
      expect(found).toEqual([]);
    });
  });

  test.each([
    ["full", 360],
    ["full", 1200],
    ["full", PAPER],
    ["small", 360],
    ["empty", 360],
  ] as const)("%s at %i pixels: nothing sticks out, labels can be read", async (name, width) => {
    // A sheet of A4 between its margins.
    const media = width === PAPER ? "print" : "screen";
    await shown(PAGES[name], { width, media }, async (page) => {
      const beyond = await page.evaluate<number>(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(beyond).toBe(0);
      const labels = await page.evaluate<
        Label[]
      >(`[...document.querySelectorAll("svg[role=img]")].flatMap(
        (svg) => [...svg.querySelectorAll("text")].map((text) => {
          const { x, y, width, height } = text.getBoundingClientRect();
          return { plot: svg.querySelector("title").textContent, text: text.textContent, box: { x, y, width, height } };
        }).filter(({ box }) => box.width > 0))`);
      expect(labels.filter(({ box }) => box.height < 11)).toEqual([]);
      expect(labels.filter(({ box }) => box.x < -2 || box.x + box.width > width)).toEqual([]);
      expect(collisions(labels)).toEqual([]);
    });
  });
});

/** Pairs of labels of one plot of which one stands on the other. */
function collisions(labels: readonly Label[]): string[] {
  return labels.flatMap((a, i) =>
    labels
      .slice(i + 1)
      .filter((b) => b.plot === a.plot && overlap(a.box, b.box))
      .map((b) => `${a.plot}: ${a.text} / ${b.text}`),
  );
}

/** Boxes are as high as the font may be; digits are lower. */
const TOLERANCE = 3;

function overlap(a: Label["box"], b: Label["box"]): boolean {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return across > 0 && down > TOLERANCE;
}
