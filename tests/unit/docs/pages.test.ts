import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PAGES, pagePath } from "../../../scripts/docs/pages.ts";

test.each(PAGES.map(({ make, name }) => [name, make] as const))(
  "docs/%s says what the code says (else: npm run docs)",
  (name, make) => {
    expect(readFileSync(pagePath(name), "utf8")).toBe(make());
  },
);
