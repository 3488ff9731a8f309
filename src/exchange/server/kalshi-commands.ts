import { CHANNELS, type ChannelRule, type Subscription } from "./channels.ts";
import type { KalshiSession } from "./kalshi-session.ts";
import { isRecord, type JsonRecord, parseRecord, stringList } from "./types.ts";

interface Command {
  readonly session: KalshiSession;
  /** `,"id":7`, or empty when the client sent none: 0 means none too. */
  readonly idField: string;
  readonly params: JsonRecord;
}

/** Answers one text frame from a client (kalshi.md §3.1–3.2). */
export function handleCommand(session: KalshiSession, text: string): void {
  const message = parseRecord(text);
  if (message === undefined) {
    session.error(1, "");
    return;
  }
  const id = message["id"];
  const idField = typeof id === "number" && Number.isInteger(id) && id > 0 ? `,"id":${id}` : "";
  const name = message["cmd"];
  if (name === "list_subscriptions") {
    listSubscriptions(session, idField);
    return;
  }
  const run = typeof name === "string" ? COMMANDS.get(name) : undefined;
  const params = message["params"];
  if (run === undefined) session.error(5, idField);
  else if (isRecord(params)) run({ session, idField, params });
  else session.error(2, idField);
}

const COMMANDS: ReadonlyMap<string, (command: Command) => void> = new Map([
  ["subscribe", subscribe],
  ["unsubscribe", unsubscribe],
  ["update_subscription", updateSubscription],
]);

function listSubscriptions(session: KalshiSession, idField: string): void {
  const list = session.subscriptions().map(({ channel, sid }) => ({ channel, sid }));
  session.reply(`{"type":"ok"${idField},"msg":${JSON.stringify(list)}}`);
}

function subscribe(command: Command): void {
  const { session, idField, params } = command;
  const channels = stringList(params["channels"]);
  if (channels === undefined || channels.length === 0) {
    session.error(3, idField);
    return;
  }
  // Every acknowledgement first, then the data: a bad channel costs the good ones beside it nothing.
  const begin = channels.map((channel) => subscribeOne(command, channel));
  for (const sendData of begin) sendData?.();
}

function subscribeOne(command: Command, channel: string): (() => void) | undefined {
  const { session, idField, params } = command;
  const rule = CHANNELS.get(channel);
  if (rule === undefined) {
    session.error(8, idField);
    return undefined;
  }
  const targets = readTargets(command, rule);
  if (targets === undefined) return undefined;
  const existing = session.ofChannel(channel);
  if (existing !== undefined) {
    const added = merge(existing, targets);
    acknowledge(command, existing);
    return () => sendFirst(command, existing, added);
  }
  const usesYesPrice = params["use_yes_price"] === true;
  const opened = session.open(channel, rule, { targets, usesYesPrice });
  session.reply(
    `{"type":"subscribed"${idField},"msg":{"channel":"${channel}","sid":${opened.sid}}}`,
  );
  return () => sendFirst(command, opened, targets);
}

function sendFirst(command: Command, subscription: Subscription, added: readonly string[]): void {
  command.session.sendFirstSnapshots(subscription, added);
  if (subscription.channel !== "ticker" || command.params["send_initial_snapshot"] !== true) return;
  command.session.sendTickers(subscription, added);
}

/** Markets or indices of a command; sends the error and returns undefined when the channel needs what is missing. */
function readTargets(command: Command, rule: ChannelRule): readonly string[] | undefined {
  const { session, idField, params } = command;
  if (rule.targets === "none") return [];
  const isIndex = rule.targets === "indices";
  const listed = params[isIndex ? "index_ids" : "market_tickers"];
  const single = isIndex ? undefined : params["market_ticker"];
  const targets = listed === undefined ? stringList([single ?? []].flat()) : stringList(listed);
  if (targets === undefined) session.error(11, idField);
  else if (targets.length === 0 && rule.targets === "indices") session.error(24, idField);
  else if (targets.length === 0 && rule.targets === "markets") session.error(14, idField);
  else return [...new Set(targets)];
  return undefined;
}

function merge(subscription: Subscription, targets: readonly string[]): readonly string[] {
  const { targets: known } = subscription;
  const added = targets.filter((target) => !known.has(target));
  for (const target of added) known.add(target);
  if (targets.length === 0) subscription.wantsAll = true;
  return added;
}

// The reply to every change of a subscription; it takes a number of the sequence like the data does.
function acknowledge(command: Command, subscription: Subscription): void {
  const { session, idField, params } = command;
  const { sid, rule, targets } = subscription;
  const seqField = rule.hasSeq ? `,"seq":${session.nextSeq(subscription)}` : "";
  const name = rule.targets === "indices" ? "index_ids" : "market_tickers";
  const list = JSON.stringify([...targets].toSorted());
  const msg = params["skip_ticker_ack"] === true ? "{}" : `{"${name}":${list}}`;
  session.reply(`{"type":"ok"${idField},"sid":${sid}${seqField},"msg":${msg}}`);
}

function sidsOf(params: JsonRecord): readonly unknown[] {
  const { sid, sids } = params;
  const listed: unknown[] = Array.isArray(sids) ? sids : [];
  return sid === undefined ? listed : [sid, ...listed];
}

function unsubscribe(command: Command): void {
  const { session, idField, params } = command;
  const sids = sidsOf(params);
  if (sids.length === 0) session.error(4, idField);
  for (const sid of sids) {
    const subscription = typeof sid === "number" ? session.bySid(sid) : undefined;
    if (subscription === undefined) {
      session.error(7, idField);
      continue;
    }
    const seqField = subscription.rule.hasSeq ? `,"seq":${session.nextSeq(subscription)}` : "";
    session.end(subscription);
    session.reply(`{"type":"unsubscribed"${idField},"sid":${subscription.sid}${seqField}}`);
  }
}

function updateSubscription(command: Command): void {
  const { session, idField, params } = command;
  const [sid, ...more] = sidsOf(params);
  const action = params["action"];
  const subscription = typeof sid === "number" ? session.bySid(sid) : undefined;
  if (sid === undefined || more.length > 0) session.error(12, idField);
  else if (subscription === undefined) session.error(7, idField);
  else if (typeof action !== "string") session.error(15, idField);
  else runAction(command, subscription, action);
}

function runAction(command: Command, subscription: Subscription, action: string): void {
  const run = ACTIONS.get(action);
  const isIndexAction = action.includes("ind");
  if (run === undefined || isIndexAction !== (subscription.rule.targets === "indices")) {
    command.session.error(13, command.idField, subscription.sid);
    return;
  }
  if (action === "indexlist") {
    indexList(command, subscription);
    return;
  }
  // Naming a market is a must here even on channels that take all markets when none is named.
  const targets = isIndexAction ? "indices" : "markets";
  const named = readTargets(command, { ...subscription.rule, targets });
  if (named !== undefined) run(command, subscription, named);
}

type Action = (command: Command, subscription: Subscription, named: readonly string[]) => void;

const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ["add_markets", add],
  ["delete_markets", remove],
  ["get_snapshot", getSnapshot],
  ["subscribe_indices", add],
  ["unsubscribe_indices", remove],
  ["indexlist", indexList],
]);

function add(command: Command, subscription: Subscription, named: readonly string[]): void {
  const added = merge(subscription, named);
  acknowledge(command, subscription);
  sendFirst(command, subscription, added);
}

function remove(command: Command, subscription: Subscription, named: readonly string[]): void {
  for (const target of named) subscription.targets.delete(target);
  acknowledge(command, subscription);
}

function getSnapshot(command: Command, subscription: Subscription, named: readonly string[]): void {
  const { session, idField } = command;
  const known = named.filter((ticker) => subscription.targets.has(ticker));
  if (!session.hasSnapshots(subscription.channel)) session.error(13, idField, subscription.sid);
  else if (known.length === 0) session.error(11, idField, subscription.sid);
  else session.sendSnapshots(subscription, known, idField);
}

function indexList(command: Command, subscription: Subscription): void {
  const { session, idField } = command;
  const msg = JSON.stringify({ index_ids: [...subscription.targets].toSorted() });
  session.reply(
    `{"type":"cfbenchmarks_value_indexlist"${idField},"sid":${subscription.sid},"seq":${session.nextSeq(subscription)},"msg":${msg}}`,
  );
}
