import { CHANNELS, type ChannelRule } from "./channels.ts";
import type { ErrorCode } from "./kalshi-errors.ts";
import type { CommandFate, DecideFate } from "./kalshi-fate.ts";
import { type ClientCommand, type CommandParams, readCommand } from "./kalshi-params.ts";
import type { KalshiSession } from "./kalshi-session.ts";
import type { Subscription } from "./kalshi-subscription.ts";

interface Command {
  readonly session: KalshiSession;
  readonly idField: string;
  readonly params: CommandParams;
  readonly interleaves: boolean;
}

/** Answers one text frame from a client (kalshi.md §3.1–3.2). */
export function handleCommand(session: KalshiSession, text: string, decideFate: DecideFate): void {
  const command = readCommand(text);
  if (command === undefined) {
    session.error(1, "");
    return;
  }
  const { name, idField, params } = command;
  const atMs = session.world.nowMs();
  if (!session.commands.allows(atMs)) {
    session.error(27, idField);
    return;
  }
  const { connection } = session.wire.tally;
  const fate = decideFate({ connection, cmd: name, channels: params?.channels ?? [], atMs });
  if (fate === "lose") return;
  if (fate === "timeout") session.error(18, idField);
  else if (fate === "fail") session.error(10, idField);
  else if (typeof fate === "object") {
    session.delay(atMs + fate.delayMs, () => run(session, command, "run"));
  } else run(session, command, fate);
}

function run(session: KalshiSession, command: ClientCommand, fate: CommandFate): void {
  const { name, idField, params } = command;
  if (name === "list_subscriptions") {
    listSubscriptions(session, idField);
    return;
  }
  const handle = COMMANDS.get(name);
  if (handle === undefined) session.error(5, idField);
  else if (params === undefined) session.error(2, idField);
  else handle({ session, idField, params, interleaves: fate === "interleave" });
}

const COMMANDS: ReadonlyMap<string, (command: Command) => void> = new Map([
  ["subscribe", subscribe],
  ["unsubscribe", unsubscribe],
  ["update_subscription", updateSubscription],
]);

function listSubscriptions(session: KalshiSession, idField: string): void {
  const list = session.subscriptions().map(({ channel, sid }) => ({ channel, sid }));
  session.wire.reply(`{"type":"ok"${idField},"msg":${JSON.stringify(list)}`);
}

type SendData = (() => void) | undefined;

function subscribe(command: Command): void {
  const { session, idField, params, interleaves } = command;
  const { channels } = params;
  if (channels.length === 0) {
    session.error(3, idField);
    return;
  }
  // Every acknowledgement first, then the data: a bad channel costs the good ones beside it nothing.
  const waiting: SendData[] = [];
  for (const channel of channels) {
    const sendData = subscribeOne(command, channel);
    if (interleaves) sendData?.();
    else waiting.push(sendData);
  }
  for (const sendData of waiting) sendData?.();
}

function subscribeOne(command: Command, channel: string): SendData {
  const { session, idField, params } = command;
  const rule = CHANNELS.get(channel);
  if (rule === undefined) return refuse(command, 8);
  const wanted = admit(command, rule);
  if (typeof wanted === "number") return refuse(command, wanted);
  const existing = session.ofChannel(channel);
  if (existing !== undefined) return merge(command, existing, wanted);
  const opened = session.open(channel, rule, params.usesYesPrice);
  const isLate = wanted.targets.some((target) => session.isLate(channel, target));
  // A late listener's first snapshot stands for the newest recorded frame and takes its number.
  if (channel === "orderbook_delta" && isLate) opened.offset = -1;
  const added = include(session, opened, wanted);
  session.wire.reply(
    `{"type":"subscribed"${idField},"msg":{"channel":"${channel}","sid":${opened.sid}}`,
  );
  return () => sendFirst(command, opened, added);
}

function refuse({ session, idField }: Command, code: ErrorCode): undefined {
  session.error(code, idField);
  return undefined;
}

function admit(command: Command, rule: ChannelRule): Wanted | ErrorCode {
  const { session } = command;
  if (!session.isAuthorized()) return 9;
  const wanted = wantedOf(command, rule);
  const isTooMuch =
    typeof wanted !== "number" && wanted.targets.length > session.limits.marketsPerSubscription;
  return isTooMuch ? 26 : wanted;
}

// A second subscription to a channel changes the one there is (kalshi.md §3.3).
function merge(command: Command, existing: Subscription, wanted: Wanted): SendData {
  const { session, params } = command;
  const { channel, usesYesPrice } = existing;
  if (channel === "orderbook_delta" && usesYesPrice !== params.usesYesPrice) {
    session.note(`use_yes_price ${params.usesYesPrice} merged into ${usesYesPrice}`);
  }
  if (!mayGrow(command, existing, wanted)) return undefined;
  const added = include(session, existing, wanted);
  acknowledge(command, existing);
  return () => sendFirst(command, existing, added);
}

function mayGrow(command: Command, subscription: Subscription, wanted: Wanted): boolean {
  const { session, idField } = command;
  const { targets, sid, commands } = subscription;
  const added = wanted.targets.filter((target) => !targets.has(target)).length;
  let code: ErrorCode | null = null;
  if (!commands.allows(session.world.nowMs())) code = 27;
  else if (targets.size + added > session.limits.marketsPerSubscription) code = 26;
  if (code !== null) session.error(code, idField, sid);
  return code === null;
}

function sendFirst(command: Command, subscription: Subscription, added: readonly string[]): void {
  command.session.sendFirstSnapshots(subscription, added);
  if (subscription.channel !== "ticker" || !command.params.sendsInitial) return;
  command.session.sendTickers(subscription, added);
}

/** The markets or indices a command is about. */
interface Wanted {
  readonly targets: readonly string[];
  readonly marketIds: readonly string[];
  /** Everything there is, because nothing or `all` was named. */
  readonly isAll: boolean;
}

const NOTHING: Wanted = { targets: [], marketIds: [], isAll: false };
const EVERYTHING: Wanted = { ...NOTHING, isAll: true };
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function wantedOf(command: Command, rule: ChannelRule): Wanted | ErrorCode {
  if (rule.targets === "none") return EVERYTHING;
  if (rule.targets === "indices") return wantedIndices(command);
  const { tickers, marketIds } = command.params;
  const ids = rule.takesMarketIds === true ? marketIds : [];
  if (tickers.length + ids.length > 0) return wantedMarkets(command, tickers, ids);
  if (rule.targets === "markets") return 14;
  // A filter the channel does not know must not turn into "all markets".
  return marketIds.length > 0 ? 11 : EVERYTHING;
}

function wantedIndices({ session, params }: Command): Wanted {
  const { indexIds } = params;
  if (indexIds.includes("all")) return EVERYTHING;
  const known = new Set(session.world.indexIds());
  for (const id of indexIds) if (!known.has(id)) session.note(`unknown index ${id}`);
  return { ...NOTHING, targets: indexIds };
}

function wantedMarkets(
  { session }: Command,
  tickers: readonly string[],
  marketIds: readonly string[],
): Wanted | ErrorCode {
  if (marketIds.some((id) => !UUID.test(id))) return 11;
  const byId = marketIds.map((id) => session.marketById(id)?.ticker ?? id);
  const targets = [...new Set([...tickers, ...byId])];
  for (const target of targets) {
    if (session.world.market(target) === undefined) session.note(`unknown market ${target}`);
  }
  return { targets, marketIds, isAll: false };
}

function include(session: KalshiSession, subscription: Subscription, wanted: Wanted): string[] {
  const { targets, marketIds, rule } = subscription;
  const all = rule.targets === "indices" ? session.world.indexIds() : [];
  const named = wanted.isAll ? all : wanted.targets;
  const added = named.filter((target) => !targets.has(target));
  for (const target of added) targets.add(target);
  for (const id of wanted.marketIds) marketIds.add(id);
  if (wanted.isAll) subscription.wantsAll = true;
  return added;
}

// The reply to every change of a subscription; it takes a number of the sequence like the data does.
function acknowledge(command: Command, subscription: Subscription): void {
  const { session, idField, params } = command;
  const { sid, rule, targets, marketIds } = subscription;
  const name = rule.targets === "indices" ? "index_ids" : "market_tickers";
  const ids = marketIds.size === 0 ? "" : `,"market_ids":${sortedText(marketIds)}`;
  const msg = params.skipsTickerAck ? "{}" : `{"${name}":${sortedText(targets)}${ids}}`;
  session.wire.reply(`{"type":"ok"${idField},"sid":${sid}${subscription.seqField()},"msg":${msg}`);
}

function sortedText(texts: ReadonlySet<string>): string {
  return JSON.stringify([...texts].toSorted());
}

function unsubscribe({ session, idField, params }: Command): void {
  if (params.sids.length === 0) session.error(4, idField);
  for (const sid of params.sids) {
    const subscription = session.bySid(sid);
    if (subscription === undefined) {
      session.error(7, idField);
      continue;
    }
    const seqField = subscription.seqField();
    session.end(subscription);
    session.wire.reply(`{"type":"unsubscribed"${idField},"sid":${sid}${seqField}`);
  }
}

function updateSubscription(command: Command): void {
  const { session, idField, params } = command;
  const [sid, ...more] = new Set([params.sid ?? [], params.sids].flat());
  const subscription = sid === undefined ? undefined : session.bySid(sid);
  if (sid === undefined || more.length > 0) session.error(12, idField);
  else if (subscription === undefined) session.error(7, idField);
  else if (params.action === undefined) session.error(15, idField, sid);
  else update(command, subscription, params.action);
}

function update(command: Command, subscription: Subscription, action: string): void {
  const { session, idField } = command;
  const { sid, rule } = subscription;
  const handle = (rule.targets === "indices" ? INDEX_ACTIONS : MARKET_ACTIONS).get(action);
  if (handle === undefined || rule.targets === "none") session.error(13, idField, sid);
  else if (action === "indexlist") indexList(command, subscription);
  else {
    // Naming a target is a must here even on channels that take all of them when none is named.
    const wanted = wantedOf(command, { ...rule, ...MUST_NAME[rule.targets] });
    if (typeof wanted === "number") session.error(wanted, idField, sid);
    else if (isNothing(wanted)) session.error(24, idField, sid);
    else handle(command, subscription, wanted);
  }
}

const MUST_NAME = {
  markets: {},
  someMarkets: { targets: "markets" },
  indices: {},
} as const;

function isNothing(wanted: Wanted): boolean {
  return wanted.targets.length === 0 && !wanted.isAll;
}

type Action = (command: Command, subscription: Subscription, wanted: Wanted) => void;

const MARKET_ACTIONS: ReadonlyMap<string, Action> = new Map([
  ["add_markets", add],
  ["delete_markets", remove],
  ["get_snapshot", getSnapshot],
]);

const INDEX_ACTIONS: ReadonlyMap<string, Action> = new Map([
  ["subscribe_indices", add],
  ["unsubscribe_indices", remove],
  ["indexlist", indexList],
]);

function add(command: Command, subscription: Subscription, wanted: Wanted): void {
  if (!mayGrow(command, subscription, wanted)) return;
  const added = include(command.session, subscription, wanted);
  acknowledge(command, subscription);
  sendFirst(command, subscription, added);
}

function remove(command: Command, subscription: Subscription, wanted: Wanted): void {
  if (!mayGrow(command, subscription, NOTHING)) return;
  const { targets, marketIds, rule } = subscription;
  if (wanted.isAll) targets.clear();
  // Whoever had every index has each of them in the list, so the rest stays.
  if (rule.targets === "indices") subscription.wantsAll = false;
  for (const target of wanted.targets) targets.delete(target);
  for (const id of wanted.marketIds) marketIds.delete(id);
  acknowledge(command, subscription);
}

function getSnapshot(command: Command, subscription: Subscription, wanted: Wanted): void {
  const { session, idField } = command;
  const { channel, sid, targets } = subscription;
  const known = wanted.targets.filter((ticker) => targets.has(ticker));
  if (channel !== "orderbook_delta") session.error(13, idField, sid);
  else if (known.length === 0) session.error(11, idField, sid);
  else if (mayGrow(command, subscription, NOTHING)) {
    session.sendSnapshots(subscription, known, idField);
  }
}

// The indices there are, whatever this subscription tracks.
function indexList(command: Command, subscription: Subscription): void {
  const { session, idField } = command;
  const { channel, sid } = subscription;
  const msg = JSON.stringify({ index_ids: [...session.world.indexIds()].toSorted() });
  const seqField = subscription.seqField();
  session.wire.reply(
    `{"type":"${channel}_indexlist"${idField},"sid":${sid}${seqField},"msg":${msg}`,
  );
}
