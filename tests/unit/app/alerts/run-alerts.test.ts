import { describe, expect, test } from "vitest";
import { createFeedStats } from "../../../../src/adapters/platform/feed-stats.ts";
import { AlertDesk } from "../../../../src/app/alerts/alert-desk.ts";
import { nextDigestMs } from "../../../../src/app/alerts/digest-time.ts";
import { createOutageWatch } from "../../../../src/app/alerts/feed-outages.ts";
import type { Outbox } from "../../../../src/app/alerts/outbox.ts";
import { RunAlerts } from "../../../../src/app/alerts/run-alerts.ts";
import type { LedgerRecord, Ruling } from "../../../../src/core/records.ts";
import { money, price, qty } from "../../../../src/core/units.ts";
import type { Feed } from "../../../../src/ports.ts";
import type { Alert, Notice } from "../../../../src/ports-alerts.ts";

const WISHES = { fills: true, settlements: true, milestoneUsd: 5 };

function rig(wishes: Partial<typeof WISHES> = {}) {
  const said: Alert[] = [];
  const alerts = new RunAlerts({ ...WISHES, ...wishes }, (alert) => void said.push(alert));
  return { alerts, titles: () => said.map(({ severity, title }) => `${severity} ${title}`), said };
}

const RULING: Ruling = {
  ticker: "KXBTC15M-A-1",
  result: "yes",
  yesPayout: price(10_000),
  isFinal: true,
  source: "exchange",
  expirationValue: null,
  atMs: 2,
};

const LEG: LedgerRecord = {
  atMs: 1,
  action: "buy",
  side: "yes",
  ticker: "KXBTC15M-A-1",
  price: price(4225),
  qty: qty(1000),
  cost: money(4_225_000),
  pnl: null,
  status: "filled",
  source: "venue",
  strategy: "threshold-ev",
  orderId: "o1",
  payload: {},
};
const SETTLE: LedgerRecord = {
  ...LEG,
  action: "settle",
  price: null,
  pnl: money(2_500_000),
  status: "final",
  ruling: RULING,
};

describe("rows of the ledger", () => {
  test.each<[string, LedgerRecord, string[]]>([
    ["a buy", LEG, ["info bought 10 yes KXBTC15M-A-1 at 42.25c"]],
    [
      "a sale",
      { ...LEG, action: "sell", pnl: money(-1_000_000) },
      ["info sold 10 yes KXBTC15M-A-1 at 42.25c"],
    ],
    ["an order without a fill", { ...LEG, status: "canceled", qty: qty(0) }, []],
    ["a settlement", SETTLE, ["info KXBTC15M-A-1 settled final yes: $2.50"]],
    ["what only confirms one", { ...SETTLE, pnl: null, qty: qty(0) }, []],
    [
      "a correction",
      { ...SETTLE, qty: qty(0), pnl: money(-4_000_000) },
      ["warning KXBTC15M-A-1 was settled otherwise than it was paid: final yes, -$4.00"],
    ],
  ])("%s", (_, row, expected) => {
    const { alerts, titles } = rig();
    alerts.ledger(row);
    expect(titles()).toEqual(expected);
  });

  test("nothing is said of what nobody wishes to hear", () => {
    const { alerts, titles } = rig({ fills: false, settlements: false, milestoneUsd: 0 });
    alerts.ledger(LEG);
    alerts.ledger({ ...SETTLE, pnl: money(90_000_000) });
    expect(titles()).toEqual([]);
  });

  test("a correction is told whatever is wished: somebody was paid otherwise than they heard", () => {
    const { alerts, titles } = rig({ settlements: false, milestoneUsd: 0 });
    alerts.ledger({ ...SETTLE, qty: qty(0), pnl: money(-4_000_000) });
    expect(titles()).toEqual([
      "warning KXBTC15M-A-1 was settled otherwise than it was paid: final yes, -$4.00",
    ]);
  });

  test("each multiple of the milestone is told when it is passed, up and down", () => {
    const { alerts, titles } = rig({ fills: false, settlements: false });
    for (const usd of [3, 3, 6, -1, -8, -12]) alerts.ledger({ ...SETTLE, pnl: money(usd * 1e6) });
    expect(titles()).toEqual([
      "info realised profit of the run rose past $5",
      "info realised profit of the run rose past $10",
      "warning realised profit of the run fell back to $0",
      "warning realised profit of the run fell back to -$5",
    ]);
  });
});

test("orders that are refused, limits, stranded exits and changed messages are told", () => {
  const { alerts, titles } = rig();
  alerts.orderEvent({
    orderId: "o1",
    atMs: 1,
    state: "rejected",
    filledQty: qty(0),
    reason: "insufficient_balance",
  });
  alerts.orderEvent({
    orderId: "o2",
    atMs: 1,
    state: "canceled",
    filledQty: qty(0),
    reason: "ioc",
  });
  alerts.risk({ atMs: 1, kind: "daily_loss", value: 31, limitValue: 30, reason: "lost too much" });
  alerts.risk({ atMs: 1, kind: "exit_flat", value: 0, limitValue: null, reason: "done" });
  alerts.risk({ atMs: 1, kind: "exit_stranded", value: 3, limitValue: null, reason: "KX no bid" });
  const drift = {
    type: "drift",
    source: "kalshi",
    messageType: "ticker",
    path: "$.msg.x",
    raw: "{}",
    recvMs: 1,
  } as const;
  alerts.event({ ...drift, halts: false });
  alerts.event({ ...drift, halts: true });
  expect(titles()).toEqual([
    "warning order rejected: insufficient_balance",
    "critical daily_loss: lost too much",
    "warning exit_stranded: KX no bid",
    "warning a message of kalshi could not be read",
    "critical kalshi sends messages of another shape: nothing is traded on them",
  ]);
});

test("a feed that falls silent is told once, and that it is heard again", () => {
  const said: string[] = [];
  const feed: Feed = {
    name: "kalshi",
    stats: createFeedStats(),
    status: () => "reconnecting",
    run: async () => {},
  };
  const look = createOutageWatch({
    feeds: [feed],
    silentMs: 60_000,
    startMs: 0,
    say: ({ severity, title }) => void said.push(`${severity} ${title}`),
  });
  look(60_000);
  look(60_001);
  look(90_000);
  feed.stats.lastFrameMs = 95_000;
  look(95_100);
  look(150_000);
  expect(said).toEqual([
    "critical kalshi has said nothing for 60 s",
    "info kalshi is heard again, after 95 s",
  ]);
});

test.each([
  ["2026-11-29T23:59:59Z", "00:00", "2026-11-30T00:00:00.000Z"],
  ["2026-11-30T00:00:00Z", "00:00", "2026-12-01T00:00:00.000Z"],
  ["2026-11-30T06:00:00Z", "07:30", "2026-11-30T07:30:00.000Z"],
  ["2026-11-30T08:00:00Z", "07:30", "2026-12-01T07:30:00.000Z"],
])("after %s it is %s next at %s", (now, at, next) => {
  expect(new Date(nextDigestMs(Date.parse(now), at)).toISOString()).toBe(next);
});

test("the desk says a thing once in a while, with how often it was not said, cleaned and signed", () => {
  let mono = 0;
  const offered: Notice[] = [];
  const outbox = { offer: (notice: Notice) => void offered.push(notice) } as Pick<
    Outbox,
    "offer"
  > as Outbox;
  const desk = new AlertDesk({
    outboxes: [outbox],
    real: { monoMs: () => mono },
    nowMs: () => Date.parse("2026-11-29T14:03:11Z"),
    repeatMs: 1000,
    from: "kbt paper",
    clean: (text, max) => text.replaceAll("secret", "(…)").slice(0, max),
  });
  const alert: Alert = { key: "k", severity: "warning", title: "a secret", lines: ["x"] };
  desk.say(alert);
  desk.follow(5);
  desk.say(alert);
  desk.say({ ...alert, key: "other" });
  mono = 1000;
  desk.say(alert);
  expect(offered).toEqual([
    { severity: "warning", title: "a (…)", lines: ["x"], signature: "kbt paper · 1 · 14:03:11Z" },
    {
      severity: "warning",
      title: "a (…)",
      lines: ["x"],
      signature: "kbt paper run 5 · 2 · 14:03:11Z",
    },
    {
      severity: "warning",
      title: "a (…)",
      lines: ["x", "1 more like it since the last one"],
      signature: "kbt paper run 5 · 3 · 14:03:11Z",
    },
  ]);
});
