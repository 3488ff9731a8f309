import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { errorText } from "../../../src/cli/io.ts";
import { ERRORS } from "../../../src/core/error-table.ts";
import { KbtError } from "../../../src/core/errors.ts";
import { kbtHere } from "../../support/shell.ts";

test.each(["help errors", "errors", "errors --help"])(
  "kbt %s lists every error, at most 80 columns wide",
  async (line) => {
    const { code, stderr, stdout } = await kbtHere(line.split(" "), tmpdir());
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const name of Object.keys(ERRORS)) expect(stdout).toContain(`\n  ${name}\n`);
    for (const text of stdout.split("\n")) expect(text.length, text).toBeLessThanOrEqual(80);
  },
);

test("a message without advice takes that of the table", () => {
  const parts = { kind: "store", code: "DB_MISSING", message: "no database at x" } as const;
  expect(errorText(new KbtError(parts), false)).toBe(
    "error[DB_MISSING] no database at x · run `kbt paper --sim` or `kbt collect` first, or pass --db\n",
  );
  expect(errorText(new KbtError({ ...parts, hint: "own advice" }), false)).toContain("own advice");
});
