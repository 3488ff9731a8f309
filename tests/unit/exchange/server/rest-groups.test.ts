import { describe, expect, test } from "vitest";
import { OrderRig } from "./order-rig.ts";

const GROUPS = "/portfolio/order_groups";

function grouped(limit = 5): { readonly rig: OrderRig; readonly id: string } {
  const rig = new OrderRig();
  const body = { contracts_limit: limit, exchange_index: 2 };
  return { rig, id: rig.send("POST", `${GROUPS}/create`, body).json.order_group_id };
}

describe("create", () => {
  test("a group on the shard that is named", () => {
    const { status, body, json } = new OrderRig().send("POST", `${GROUPS}/create`, {
      contracts_limit_fp: "10.00",
      exchange_index: 2,
    });
    expect(status).toBe(201);
    expect(body).toBe(
      `{"exchange_index":2,"order_group_id":"${json.order_group_id}","subaccount":0}`,
    );
  });

  test("without a shard it goes to shard 0, where there is no money", () => {
    const rig = new OrderRig();
    const { status, json } = rig.send("POST", `${GROUPS}/create`, { contracts_limit: 10 });
    expect([status, json.error.code]).toEqual([404, "user_not_found"]);
    expect(rig.rules).toEqual(["missing_shard"]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["no limit", {}, "missing_parameters"],
    ["a limit of nothing", { contracts_limit: 0 }, "invalid_parameters"],
    ["a part of a contract", { contracts_limit_fp: "1.50" }, "invalid_parameters"],
    ["more than a million", { contracts_limit: 1_000_001 }, "invalid_parameters"],
    ["two limits", { contracts_limit: 1, contracts_limit_fp: "2.00" }, "invalid_parameters"],
    ["no number", { contracts_limit_fp: "ten" }, "invalid_parameters"],
    ["a number for text", { contracts_limit_fp: 10 }, "bad_request"],
    ["a subaccount beyond 63", { contracts_limit: 1, subaccount: 64 }, "invalid_parameters"],
  ])("%s is refused", (_name, over, code) => {
    const { status, body } = new OrderRig().send("POST", `${GROUPS}/create`, {
      exchange_index: 2,
      ...over,
    });
    expect(status).toBe(400);
    expect(body).toContain(`"code":"${code}"`);
  });
});

describe("read", () => {
  test("the list and one of it with its resting orders", () => {
    const { rig, id } = grouped();
    const { order_id } = rig.create({ order_group_id: id }).json;
    rig.create();
    const gone = rig.create({ order_group_id: id }).json.order_id;
    rig.send("DELETE", `/portfolio/events/orders/${gone}?exchange_index=2`);
    expect(rig.get(GROUPS).json).toEqual({
      order_groups: [
        { id, contracts_limit_fp: "5.00", exchange_index: 2, is_auto_cancel_enabled: false },
      ],
    });
    expect(rig.get(`${GROUPS}/${id}`).json).toEqual({
      contracts_limit_fp: "5.00",
      exchange_index: 2,
      is_auto_cancel_enabled: false,
      orders: [order_id],
    });
  });

  test("an unknown group and one of another subaccount are not found", () => {
    const { rig, id } = grouped();
    expect(rig.get(`${GROUPS}/none`).status).toBe(404);
    expect(rig.get(`${GROUPS}/${id}?subaccount=1`).status).toBe(404);
    expect(rig.get(`${GROUPS}?subaccount=1`).json).toEqual({ order_groups: [] });
  });

  test("a new group shows as late as everything", () => {
    const rig = new OrderRig({ lag: { minMs: 400, maxMs: 400 } });
    const body = { contracts_limit: 5, exchange_index: 2 };
    const { order_group_id } = rig.send("POST", `${GROUPS}/create`, body).json;
    expect(rig.get(`${GROUPS}/${order_group_id}`).status).toBe(404);
    rig.pass(400);
    expect(rig.get(`${GROUPS}/${order_group_id}`).status).toBe(200);
  });
});

describe("change", () => {
  test("trigger cancels the members and refuses new ones until the reset", () => {
    const { rig, id } = grouped();
    rig.create({ order_group_id: id });
    const triggered = rig.send("PUT", `${GROUPS}/${id}/trigger?exchange_index=2`, {});
    expect([triggered.status, triggered.body]).toEqual([200, "{}"]);
    expect(rig.desk.orders()[0]?.status).toBe("canceled");
    expect(rig.get(`${GROUPS}/${id}`).json).toMatchObject({ is_auto_cancel_enabled: true });
    expect(rig.create({ order_group_id: id }).status).toBe(400);
    expect(rig.send("PUT", `${GROUPS}/${id}/reset?exchange_index=2`).status).toBe(200);
    expect(rig.get(`${GROUPS}/${id}`).json).toMatchObject({ is_auto_cancel_enabled: false });
    expect(rig.create({ order_group_id: id }).status).toBe(201);
  });

  test("a limit can be changed; one that is reached already triggers the group", () => {
    const { rig, id } = grouped(5);
    rig.offer("no", 4800, 300);
    rig.create({ order_group_id: id, price: "0.5200", count: "3.00" });
    const path = `${GROUPS}/${id}/limit?exchange_index=2`;
    expect(rig.send("PUT", path, { contracts_limit: 7 }).body).toBe("{}");
    expect(rig.get(`${GROUPS}/${id}`).json).toMatchObject({
      contracts_limit_fp: "7.00",
      is_auto_cancel_enabled: false,
    });
    rig.send("PUT", path, { contracts_limit: 2 });
    expect(rig.get(`${GROUPS}/${id}`).json).toMatchObject({ is_auto_cancel_enabled: true });
    expect(rig.send("PUT", path, {}).status).toBe(400);
  });

  test("a deleted group takes its orders with it", () => {
    const { rig, id } = grouped();
    rig.create({ order_group_id: id });
    expect(rig.send("DELETE", `${GROUPS}/${id}?exchange_index=2`).body).toBe("{}");
    expect(rig.desk.orders()[0]?.status).toBe("canceled");
    expect(rig.get(GROUPS).json).toEqual({ order_groups: [] });
    expect(rig.send("DELETE", `${GROUPS}/${id}?exchange_index=2`).status).toBe(404);
  });

  test.each(["", "?exchange_index=0", "?exchange_index=2&subaccount=1"])(
    "'%s' does not name the group's place, so there is none",
    (query) => {
      const { rig, id } = grouped();
      const { status, json } = rig.send("PUT", `${GROUPS}/${id}/trigger${query}`);
      expect([status, json.error.code]).toEqual([404, "not_found"]);
      expect(rig.desk.groups()[0]?.isTriggered).toBe(false);
    },
  );

  test("a group asked for on the wrong shard is noted", () => {
    const { rig, id } = grouped();
    rig.send("PUT", `${GROUPS}/${id}/reset`);
    expect(rig.rules).toEqual(["missing_shard", "wrong_shard"]);
  });
});
