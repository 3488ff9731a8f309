import { spawn } from "node:child_process";
import { once } from "node:events";

/** Where a child finds the adapter: `import … from "${SQLITE}recorder.ts"`. */
export const SQLITE = new URL("../../../src/adapters/sqlite/", import.meta.url).href;

/** Runs TypeScript in a process of its own, which may be killed. */
export async function child(
  code: string,
  ...args: string[]
): Promise<{ code: unknown; signal: unknown; out: string; err: string }> {
  const program = spawn(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "-e", code, "--", ...args],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let out = "";
  program.stdout.on("data", (part) => {
    out += String(part);
  });
  let err = "";
  program.stderr.on("data", (part) => {
    err += String(part);
  });
  const [exit, signal] = await once(program, "close");
  return { code: exit, signal, out, err };
}
