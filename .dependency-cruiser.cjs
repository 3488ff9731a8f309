const layer = (name, from, allowed) => ({
  name,
  severity: "error",
  from: { path: from },
  to: { path: "^src/", pathNot: allowed },
});
module.exports = {
  forbidden: [
    layer("core", "^src/core/", ["^src/core/"]),
    layer("ports", "^src/ports", ["^src/(core/|ports)"]),
    layer("strategies", "^src/strategies/", ["^src/(core|strategies)/"]),
    layer("config", "^src/config/", ["^src/(core|config|strategies)/"]),
    layer("feeds", "^src/adapters/feeds/", [
      "^src/(core/|ports|adapters/(feeds|kalshi|platform)/)",
    ]),
    layer("venues", "^src/adapters/venues/", [
      "^src/(core/|ports|adapters/(venues|kalshi|platform)/)",
    ]),
    layer("kalshi", "^src/adapters/kalshi/", ["^src/(core/|ports|adapters/(kalshi|platform)/)"]),
    layer("sqlite", "^src/adapters/sqlite/", ["^src/(core/|ports|adapters/(sqlite|platform)/)"]),
    layer("alerts", "^src/adapters/alerts/", ["^src/(core/|ports|adapters/(alerts|platform)/)"]),
    layer("platform", "^src/adapters/platform/", ["^src/(core/|ports|adapters/platform/)"]),
    layer("app", "^src/app/(?!compose)", ["^src/(core/|config/|app/|ports)"]),
    layer("cli", "^src/cli/", ["^src/(core|config|app|cli)/"]),
    {
      name: "core-has-no-deps",
      severity: "error",
      from: { path: "^src/core/" },
      to: { dependencyTypes: ["npm", "npm-dev", "npm-no-pkg", "core", "unknown"] },
    },
    {
      name: "strategies-only-zod",
      severity: "error",
      from: { path: "^src/strategies/" },
      to: { dependencyTypes: ["npm", "npm-dev", "core"], pathNot: "node_modules/zod/" },
    },
    layer("exchange", "^src/exchange/", ["^src/(core/units|exchange/)"]),
    {
      name: "exchange-only-through-compose",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(exchange/|app/compose)" },
      to: { path: "^src/exchange/" },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "src-not-tests",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(tests|scripts)/" },
    },
  ],
  options: { doNotFollow: { path: "node_modules" }, tsPreCompilationDeps: true, parser: "swc" },
};
