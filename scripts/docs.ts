import { writeFileSync } from "node:fs";
import { PAGES, pagePath } from "./docs/pages.ts";

// Writes the pages of docs/ that are made from the code: npm run docs. A test finds out when they are not up to date.
for (const { make, name } of PAGES) writeFileSync(pagePath(name), make());
