// Bundles src into dist with code splitting, so that `kbt --help` loads one small file and each command loads its own
// dependencies when it runs.
import { execFileSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { relative } from "node:path";
import { build } from "esbuild";

// commander can run commands that are programs of their own; kbt has none, and loading node:child_process for them would
// cost every start 3 ms. It also means that nothing in the bundle can start a process.
const withoutChildProcesses = {
  name: "without-child-processes",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:child_process$/ }, () => ({
      path: "none",
      namespace: "child-process",
    }));
    onLoad({ filter: /.*/, namespace: "child-process" }, () => ({
      contents: "module.exports = {};",
    }));
  },
};

// The native part of better-sqlite3 stays where npm has built it; its JavaScript is in the bundle, because fifteen files
// of it, looked for one by one, are a tenth of what `kbt ledger` takes.
const nativeSqlite = {
  name: "native-sqlite",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^bindings$/ }, () => ({ path: "bindings", namespace: "native-sqlite" }));
    onLoad({ filter: /.*/, namespace: "native-sqlite" }, () => ({
      contents: `
        const path = require("node:path");
        module.exports = (name) => {
          const home = path.dirname(require.resolve("better-sqlite3/package.json"));
          return require(path.join(home, "build", "Release", name));
        };`,
      resolveDir: root,
    }));
  },
};

// Bundled CommonJS packages still call require() for Node's own modules. Made at the first call: creating one costs a
// quarter of a millisecond, and most files never call it.
const LAZY_REQUIRE = [
  'import { createRequire as kbtCreateRequire } from "node:module";',
  "let kbtRequire;",
  "const kbtRequired = () => (kbtRequire ??= kbtCreateRequire(import.meta.url));",
  "const require = Object.assign((id) => kbtRequired()(id), { resolve: (id) => kbtRequired().resolve(id) });",
].join(" ");

const root = new URL("../", import.meta.url).pathname;

const git = (...words) =>
  execFileSync("git", words, { cwd: root, stdio: ["ignore", "pipe", "ignore"] });

/** The commit that is built, `+` behind it when files differ from it; null outside of a checkout. */
function commit() {
  try {
    const changed = git("status", "--porcelain", "--untracked-files=no", "--", "src", "migrations");
    return `${git("rev-parse", "--short=12", "HEAD").toString().trim()}${changed.length > 0 ? "+" : ""}`;
  } catch {
    return null;
  }
}

const built = commit();
const options = {
  absWorkingDir: root,
  entryPoints: { main: "src/main.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  sourcemap: true,
  minifySyntax: true,
  // Each run says by which build it was made.
  define: built === null ? {} : { "process.env.KBT_BUILD_COMMIT": JSON.stringify(built) },
  chunkNames: "[name]-[hash]",
  external: ["better-sqlite3/package.json", "bufferutil", "utf-8-validate"],
  banner: {
    js: LAZY_REQUIRE,
  },
  plugins: [withoutChildProcesses, nativeSqlite],
  logLevel: "warning",
};

// esbuild makes a file of every set of modules that the same imports lead to: with forty lazy imports `kbt ledger` was forty
// small files, found one by one, which took longer than to run them. So what it needs is one set: whatever is loaded lazily
// loads all of it first.
const QUICK = [
  "src/cli/commands/ledger.ts",
  "src/cli/run-command.ts",
  "src/app/commands.ts",
  "src/app/compose/ledger.ts",
];

/** What the files of QUICK import, in their order, without what `kbt --help` has loaded already. */
async function quickModules() {
  const { metafile } = await build({ ...options, write: false, metafile: true });
  const reached = new Set();
  const reach = (path) => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const { external, kind, path: next } of metafile.inputs[path].imports) {
      if (!external && kind !== "dynamic-import") reach(next);
    }
  };
  reach("src/main.ts");
  const first = new Set(reached);
  for (const path of QUICK) reach(path);
  return [...reached].filter((path) => !first.has(path) && path.startsWith("src/"));
}

// What the quick commands themselves load lazily is one file to look for, not four: no two of these export the same name.
const TOGETHER = new Set([...QUICK, "src/adapters/platform/files.ts"]);

const imports = (paths) => paths.map((path) => `import "./${path}";`).join("\n");
const quick = imports(await quickModules());
const quickTogether = {
  name: "quick-together",
  setup({ onLoad, onResolve, resolve }) {
    onResolve({ filter: /^\./, namespace: "file" }, async ({ kind, path, ...from }) => {
      if (kind !== "dynamic-import" || from.importer.includes("node_modules")) return undefined;
      const found = await resolve(path, { ...from, kind: "import-statement" });
      const file = relative(root, found.path);
      return { path: TOGETHER.has(file) ? "quick" : file, namespace: "lazy" };
    });
    onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => ({
      contents: [
        quick,
        ...(path === "quick" ? [...TOGETHER] : [path]).map((file) => `export * from "./${file}";`),
      ].join("\n"),
      resolveDir: root,
    }));
  },
};

await rm(`${root}dist`, { recursive: true, force: true });
await build({ ...options, plugins: [...options.plugins, quickTogether] });
// A thread starts with a file of its own and shares no module with the program that starts it, so it shares no file either:
// what both need would be one more file for `kbt ledger` to find.
await build({
  ...options,
  entryPoints: {
    "writer-thread": "src/adapters/sqlite/writer-thread.ts",
    "backtest-thread": "src/app/compose/backtest-thread.ts",
  },
  splitting: false,
});
