import type { CommandContext, LedgerOptions } from "../../src/app/context.ts";
import { createContext } from "../../src/cli/context.ts";

/** No option given. */
export const noOptions: LedgerOptions = {
  what: "trades",
  mode: null,
  limit: 1_000,
  since: null,
  until: null,
  by: null,
  status: null,
  ticker: null,
  amount: null,
  reason: null,
  exportWhat: null,
  exportFormat: null,
  runId: null,
  year: null,
  sim: null,
};

/** What `kbt ledger --db PATH` has around it, and what it said on stderr. */
export function ledgerContext(
  path: string,
  json: boolean,
  env: Readonly<Record<string, string>> = {},
): { readonly ctx: CommandContext; readonly stderr: () => string } {
  let said = "";
  const ctx = createContext(
    {
      env: { NO_COLOR: "1", DB_PATH: path, ...env },
      cwd: "/w",
      homeDir: "/h",
      version: "1.2.3",
      isTty: { stdout: false, stderr: false },
      terminal: { columns: () => 80, rows: () => 24, onResize: () => () => {} },
      signal: new AbortController().signal,
      stopCode: () => null,
      monoMs: () => 0,
      stdout: () => {},
      stderr: (text) => {
        said += text;
      },
      readText: async () => null,
    },
    {
      command: "ledger",
      globals: { json },
      flags: [],
      execute: () => Promise.reject(new Error("no")),
    },
  );
  return { ctx, stderr: () => said };
}
