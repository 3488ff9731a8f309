import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { replaceFile, unwritten } from "../../../../src/adapters/platform/replace-file.ts";

const folder = mkdtempSync(join(tmpdir(), "kbt-replace-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("replacing a file", () => {
  test("makes it, and puts the new text in place of the old", async () => {
    const path = join(folder, "a.html");
    await replaceFile(path, "one");
    await replaceFile(path, "two");
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(readdirSync(folder)).toEqual(["a.html"]);
  });

  test.each([
    ["a folder that is not there", "none/a.html", "make its folder first"],
    ["a file where a folder should be", "a.html/b.html", "a part of the path is a file"],
    ["a name that is too long", "x".repeat(300), "name a shorter one"],
  ])("%s is said in one line", async (_, name, hint) => {
    const failure = await replaceFile(join(folder, name), "x").catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: "usage", code: "FILE_UNWRITABLE" });
    expect(failure).toHaveProperty("hint", expect.stringContaining(hint));
  });

  test("what is no regular file stays what it is", async () => {
    const target = join(folder, "target");
    const link = join(folder, "link");
    mkdirSync(join(folder, "d"));
    writeFileSync(target, "kept");
    symlinkSync(target, link);
    for (const path of [join(folder, "d"), link, "/dev/null"]) {
      await expect(replaceFile(path, "x")).rejects.toMatchObject({ code: "FILE_UNWRITABLE" });
    }
    expect(readFileSync(target, "utf8")).toBe("kept");
  });
});

test.each([
  ["ENOSPC", "store", "FILE_FULL"],
  ["EDQUOT", "store", "FILE_FULL"],
  ["EFBIG", "store", "FILE_FULL"],
  ["EACCES", "usage", "FILE_UNWRITABLE"],
  ["EROFS", "usage", "FILE_UNWRITABLE"],
  ["EIO", "usage", "FILE_UNWRITABLE"],
])("%s is a failure of kind %s", (code, kind, name) => {
  const cause = Object.assign(new Error(code), { code });
  expect(unwritten("a.html", cause)).toMatchObject({ kind, code: name, cause });
});
