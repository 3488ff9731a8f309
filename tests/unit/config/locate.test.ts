import { expect, test } from "vitest";
import { readSources } from "../../../src/config/locate.ts";

function place(files: Record<string, string>, configFlag: string | null = null) {
  const asked: string[] = [];
  const readText = async (path: string): Promise<string | null> => {
    asked.push(path);
    return files[path] ?? null;
  };
  const sources = readSources({
    env: {},
    cwd: "/w",
    homeDir: "/h",
    configFlag,
    flags: [],
    readText,
  });
  return { sources, asked };
}

test("./config.toml before the one of the home directory, and .env beside it", async () => {
  const { sources } = place({
    "/w/config.toml": "# here",
    "/h/.config/kbt/config.toml": "# home",
    "/w/.env": "A=1",
  });
  await expect(sources).resolves.toMatchObject({
    toml: { path: "config.toml", text: "# here" },
    dotenvText: "A=1",
  });
});

test("the home directory when there is none here", async () => {
  const { sources } = place({ "/h/.config/kbt/config.toml": "# home" });
  await expect(sources).resolves.toMatchObject({
    toml: { path: "~/.config/kbt/config.toml", text: "# home" },
    dotenvText: null,
  });
});

test("--config alone, relative to the working directory", async () => {
  const { sources, asked } = place(
    { "/w/x/my.toml": "# mine", "/w/config.toml": "# here" },
    "x/my.toml",
  );
  await expect(sources).resolves.toMatchObject({ toml: { path: "x/my.toml", text: "# mine" } });
  expect(asked).not.toContain("/w/config.toml");
});

test("--config with a file that is not there is an error, not the default file", async () => {
  const { sources } = place({ "/w/config.toml": "# here" }, "/etc/none.toml");
  await expect(sources).rejects.toMatchObject({ kind: "config", code: "CONFIG_MISSING" });
});
