import path from "node:path";
import { defineConfig } from "vitest/config";
import { VARIANTS } from "./variants.ts";

const root = path.resolve(import.meta.dirname, "../..");
const variant = VARIANTS.find(({ name }) => name === process.env["KBT_SABOTAGE"]);

/** Runs one test file against a source file in which one rule is broken; the file on disk stays as it is. */
export default defineConfig({
  root,
  plugins: [
    {
      name: "sabotage",
      enforce: "pre",
      transform(code, id) {
        if (variant === undefined || path.resolve(root, variant.file) !== id.split("?", 1)[0])
          return;
        const broken = code.replace(variant.find, () => variant.replace);
        if (broken === code) throw new Error(`'${variant.find}' is not in ${variant.file}`);
        return { code: broken, map: null };
      },
    },
  ],
  test: { include: ["tests/**/*.test.ts"], testTimeout: 20_000, maxWorkers: 1 },
});
