import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

export const ROOT = path.resolve(import.meta.dirname, "../..");
const SUBJECTS = path.join(ROOT, "scripts/bench/subjects");
/** The recorder starts it from beside itself. */
const WRITER_THREAD = path.join(ROOT, "src/adapters/sqlite/writer-thread.ts");

/** Compiles every subject like the product (scripts/build.mjs), so that what is measured is what is shipped. */
export async function bundleSubjects(): Promise<(name: string) => string> {
  // Below the package: the code looks for its migrations and for better-sqlite3 from where it lies.
  const outdir = path.join(ROOT, "dist/bench");
  mkdirSync(outdir, { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: [
      ...readdirSync(SUBJECTS)
        .filter((file) => file.endsWith(".ts"))
        .map((file) => path.join(SUBJECTS, file)),
      WRITER_THREAD,
    ],
    entryNames: "[name]",
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    sourcemap: true,
    minifySyntax: true,
    chunkNames: "[name]-[hash]",
    external: ["better-sqlite3", "bufferutil", "utf-8-validate", "pino"],
    banner: {
      js: 'import { createRequire as kbtRequire } from "node:module"; const require = kbtRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  return (name) => path.join(outdir, `${name}.js`);
}
