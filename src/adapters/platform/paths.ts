import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { KbtError } from "../../core/errors.ts";

/**
 * Folder of the installed package, where `migrations/` lies. Found by walking up, because the source tree and the
 * bundle lie at different depths below it.
 */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    if (isKbt(join(folder, "package.json"))) return folder;
    const parent = dirname(folder);
    if (parent === folder) {
      throw new KbtError({
        kind: "bug",
        code: "PACKAGE_ROOT_MISSING",
        message: `no package.json named "kbt" above ${fileURLToPath(import.meta.url)}`,
      });
    }
    folder = parent;
  }
}

function isKbt(file: string): boolean {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // No package.json here: keep walking up.
    return false;
  }
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === "object" && parsed !== null && "name" in parsed && parsed.name === "kbt";
}
