// Order groups (kalshi.md §2.10): the contracts that fill within 15 seconds are counted over all members; at the limit
// every member is cancelled, and new ones are refused until the group is reset.

import { invalidOrder, NOT_FOUND } from "./refusals.ts";
import type { DeskRefusal, GroupChange, GroupRequest, OrderGroup } from "./types.ts";

const WINDOW_MS = 15_000;
const LIMIT_MAX_CQ = 100_000_000;

interface Group {
  state: OrderGroup;
  /** Newest last. */
  fills: { readonly atMs: number; readonly countCq: number }[];
}

export interface GroupsOptions {
  readonly tell: (change: GroupChange, group: OrderGroup) => void;
  readonly cancelMembers: (groupId: string) => void;
}

export class Groups {
  readonly #options: GroupsOptions;
  readonly #groups = new Map<string, Group>();

  constructor(options: GroupsOptions) {
    this.#options = options;
  }

  list(): readonly OrderGroup[] {
    return [...this.#groups.values()].map((group) => group.state);
  }

  get(groupId: string): OrderGroup | undefined {
    return this.#groups.get(groupId)?.state;
  }

  create(groupId: string, request: GroupRequest): OrderGroup | DeskRefusal {
    const { limitCq, subaccount, exchangeIndex } = request;
    if (limitCq !== null && !isLimit(limitCq)) return invalidOrder("invalid contracts limit");
    const state = { groupId, exchangeIndex, subaccount, limitCq, isTriggered: false };
    this.#groups.set(groupId, { state, fills: [] });
    this.#options.tell("created", state);
    return state;
  }

  /** Why an order may not join; null when it may. A group is bound to its shard and subaccount. */
  refusal(
    groupId: string,
    place: { exchangeIndex: number; subaccount: number },
  ): DeskRefusal | null {
    const state = this.get(groupId);
    if (state === undefined || state.exchangeIndex !== place.exchangeIndex) return NOT_FOUND;
    if (state.subaccount !== place.subaccount) return NOT_FOUND;
    return state.isTriggered ? invalidOrder("order group triggered") : null;
  }

  filled(groupId: string, countCq: number, atMs: number): void {
    const group = this.#groups.get(groupId);
    if (group === undefined) return;
    group.fills.push({ atMs, countCq });
    this.#judge(group, atMs);
  }

  reset(groupId: string): OrderGroup | DeskRefusal {
    return this.#change(groupId, "reset", (group) => {
      group.fills = [];
      group.state = { ...group.state, isTriggered: false };
    });
  }

  trigger(groupId: string): OrderGroup | DeskRefusal {
    const group = this.#groups.get(groupId);
    if (group === undefined) return NOT_FOUND;
    this.#trigger(group);
    return group.state;
  }

  /** A limit that has been reached already triggers the group at once. */
  limit(groupId: string, limitCq: number, atMs: number): OrderGroup | DeskRefusal {
    if (!isLimit(limitCq)) return invalidOrder("invalid contracts limit");
    const changed = this.#change(groupId, "limit_updated", (group) => {
      group.state = { ...group.state, limitCq };
    });
    const group = this.#groups.get(groupId);
    if (group === undefined) return changed;
    this.#judge(group, atMs);
    return group.state;
  }

  delete(groupId: string): OrderGroup | DeskRefusal {
    const group = this.#groups.get(groupId);
    if (group === undefined) return NOT_FOUND;
    this.#groups.delete(groupId);
    this.#options.tell("deleted", group.state);
    this.#options.cancelMembers(groupId);
    return group.state;
  }

  #change(
    groupId: string,
    change: GroupChange,
    apply: (group: Group) => void,
  ): OrderGroup | DeskRefusal {
    const group = this.#groups.get(groupId);
    if (group === undefined) return NOT_FOUND;
    apply(group);
    this.#options.tell(change, group.state);
    return group.state;
  }

  #judge(group: Group, atMs: number): void {
    group.fills = group.fills.filter((fill) => fill.atMs > atMs - WINDOW_MS);
    const { limitCq } = group.state;
    const sum = group.fills.reduce((total, fill) => total + fill.countCq, 0);
    if (limitCq !== null && sum >= limitCq) this.#trigger(group);
  }

  #trigger(group: Group): void {
    if (group.state.isTriggered) return;
    group.state = { ...group.state, isTriggered: true };
    this.#options.tell("triggered", group.state);
    this.#options.cancelMembers(group.state.groupId);
  }
}

/** Whole contracts, 1 to 1,000,000. */
function isLimit(limitCq: number): boolean {
  return limitCq >= 100 && limitCq <= LIMIT_MAX_CQ && limitCq % 100 === 0;
}
