import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readKeyFile, readTextIfExists } from "../../../../src/adapters/platform/files.ts";

const folder = mkdtempSync(join(tmpdir(), "kbt-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("readTextIfExists", () => {
  test("text, or null when there is none", async () => {
    expect(await readTextIfExists(file("a.toml", "x = 'ü'"))).toBe("x = 'ü'");
    expect(await readTextIfExists(join(folder, "none"))).toBeNull();
    expect(await readTextIfExists(join(file("b", ""), "below-a-file"))).toBeNull();
  });

  test("64 KiB and no more", async () => {
    expect(await readTextIfExists(file("full", "x".repeat(65_536)))).toHaveLength(65_536);
    await expect(readTextIfExists(file("over", "x".repeat(65_537)))).rejects.toMatchObject({
      code: "FILE_TOO_LARGE",
    });
    await expect(readTextIfExists("/dev/zero")).rejects.toMatchObject({ code: "FILE_TOO_LARGE" });
  });

  test("a folder is an error, not an absence", async () => {
    await expect(readTextIfExists(folder)).rejects.toMatchObject({
      kind: "config",
      code: "FILE_UNREADABLE",
    });
  });
});

describe("readKeyFile", () => {
  test("reads a private file", async () => {
    expect(await readKeyFile(file("key.pem", "-----BEGIN canary"))).toBe("-----BEGIN canary");
  });

  test.each<[string, () => string, string]>([
    ["missing", () => join(folder, "no.pem"), "KEY_FILE_MISSING"],
    ["a folder", () => folder, "KEY_FILE_NOT_REGULAR"],
    ["readable by the group", () => file("g.pem", "canary", 0o640), "KEY_FILE_MODE"],
    ["readable by others", () => file("o.pem", "canary", 0o604), "KEY_FILE_MODE"],
    ["empty", () => file("e.pem", " \n"), "KEY_FILE_EMPTY"],
    ["too large", () => file("l.pem", "canary".repeat(4000)), "KEY_FILE_TOO_LARGE"],
    ["a device", () => "/dev/zero", "KEY_FILE_NOT_REGULAR"],
    [
      "a symbolic link",
      () => {
        const link = join(folder, "link.pem");
        symlinkSync(file("target.pem", "canary"), link);
        return link;
      },
      "KEY_FILE_NOT_REGULAR",
    ],
  ])("refuses one that is %s", async (_, make, code) => {
    const failure = readKeyFile(make());
    await expect(failure).rejects.toMatchObject({ kind: "config", code });
    await expect(failure).rejects.not.toThrow("canary");
  });

  test("says how to mend the mode", async () => {
    mkdirSync(join(folder, "d"));
    const path = file("d/m.pem", "canary", 0o644);
    await expect(readKeyFile(path)).rejects.toMatchObject({
      message: `${path} has mode 0644, so other users can read or change the key`,
      hint: `chmod 600 ${path}`,
    });
  });
});
