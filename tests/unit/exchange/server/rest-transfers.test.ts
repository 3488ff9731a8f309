import { describe, expect, test } from "vitest";
import { START_MS } from "../../../support/tiny-world.ts";
import { FUNDS, OrderRig } from "./order-rig.ts";

describe("transfers between shards", () => {
  const move = {
    source: "event_contract",
    destination: "event_contract",
    amount: 5000,
    source_exchange_shard: 2,
    destination_exchange_shard: 0,
  };
  const PATH = "/portfolio/intra_exchange_instance_transfer";

  test("the money moves a second later; 5000 are fifty cents", () => {
    const rig = new OrderRig({ cash: FUNDS });
    const { status, json } = rig.send("POST", PATH, move);
    expect(status).toBe(200);
    const path = `${PATH}s/${json.transfer_id}`;
    rig.pass(999);
    expect(rig.get(path).json).toEqual({
      transfer: {
        amount: "0.5000",
        created_ts: START_MS / 1000,
        destination: "event_contract",
        destination_exchange_shard: 0,
        source: "event_contract",
        source_exchange_shard: 2,
        status: "pending",
        transfer_id: json.transfer_id,
      },
    });
    expect(rig.get("/portfolio/balance?exchange_index=0").json.balance).toBe(2000);
    rig.pass(1);
    expect(rig.get(path).json.transfer.status).toBe("complete");
    expect(rig.get("/portfolio/balance?exchange_index=0").json.balance).toBe(2050);
    expect(rig.get("/portfolio/balance?exchange_index=2").json.balance).toBe(4951);
    expect(rig.get(`${PATH}s`).json.transfers).toHaveLength(1);
  });

  test("what is spent before it moves does not move", () => {
    const rig = new OrderRig({ cash: FUNDS });
    const { transfer_id } = rig.send("POST", PATH, { ...move, amount: 500_000 }).json;
    rig.create({ count: "50.00", price: "0.9000" });
    rig.pass(5000);
    expect(rig.get(`${PATH}s/${transfer_id}`).json.transfer.status).toBe("pending");
    expect(rig.get("/portfolio/balance?exchange_index=0").json.balance).toBe(2000);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["more than there is", { amount: 500_187 }, "insufficient_balance"],
    ["nothing", { amount: 0 }, "invalid_parameters"],
    ["no amount", { amount: undefined }, "missing_parameters"],
    ["an amount as text", { amount: "5000" }, "bad_request"],
    ["the margin instance", { destination: "margined" }, "invalid_parameters"],
    ["an unknown shard", { destination_exchange_shard: 9 }, "invalid_parameters"],
    ["where it is already", { destination_exchange_shard: 2 }, "invalid_parameters"],
  ])("%s is refused", (_name, over, code) => {
    const { status, body } = new OrderRig({ cash: FUNDS }).send("POST", PATH, { ...move, ...over });
    expect(status).toBe(400);
    expect(body).toContain(`"code":"${code}"`);
  });

  test("an unknown transfer is not found", () => {
    expect(new OrderRig().get(`${PATH}s/none`).status).toBe(404);
  });

  test("no balance allocation is set, and this account may set none", () => {
    const rig = new OrderRig();
    const path = "/portfolio/target_balance_allocation";
    expect(rig.get(path).body).toBe('{"allocations":[],"resting_margin_reservation":"sum"}');
    expect(rig.send("PUT", path, { allocations: [] }).status).toBe(403);
  });
});
