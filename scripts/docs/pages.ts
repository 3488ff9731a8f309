import { fileURLToPath } from "node:url";
import { configurationPage } from "./configuration-page.ts";
import { dictionaryPage } from "./dictionary-page.ts";
import { errorsPage } from "./errors-page.ts";
import { safetyPage } from "./safety-page.ts";

const MIGRATIONS = fileURLToPath(new URL("../../migrations/", import.meta.url));

/** The pages that are made, not written, or of which a part is. */
export const PAGES: readonly { readonly name: string; readonly make: () => string }[] = [
  { name: "configuration.md", make: configurationPage },
  { name: "data-dictionary.md", make: () => dictionaryPage(MIGRATIONS) },
  { name: "errors.md", make: errorsPage },
  { name: "safety.md", make: safetyPage },
];

/** Where a page of docs/ lies. */
export function pagePath(name: string): string {
  return fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
}
