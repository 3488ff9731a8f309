import type { Socket } from "node:net";
import { expect, test } from "vitest";
import type { WebSocket } from "ws";
import { SocketPeer } from "../../../../src/exchange/server/socket-peer.ts";

function rig() {
  const calls: string[] = [];
  const tcp = {
    writableLength: 0,
    cork: () => calls.push("cork"),
    uncork: () => calls.push("uncork"),
  };
  const webSocket = { send: (text: string) => calls.push(text) };
  const peer = new SocketPeer(tcp as unknown as Socket);
  peer.attach(webSocket as unknown as WebSocket);
  return { peer, calls, tcp };
}

test("frames sent in one go leave together, as soon as the sender is done", async () => {
  const { peer, calls } = rig();
  for (const text of ["a", "b", "c"]) peer.send(text);
  expect(calls).toEqual(["cork", "a", "b", "c"]);
  await Promise.resolve();
  expect(calls).toEqual(["cork", "a", "b", "c", "uncork"]);
});

test("what is sent later leaves later", async () => {
  const { peer, calls } = rig();
  peer.send("a");
  await Promise.resolve();
  peer.send("b");
  await Promise.resolve();
  expect(calls).toEqual(["cork", "a", "uncork", "cork", "b", "uncork"]);
});

test("a long run of frames leaves in parts, so that what could have left does not count as unread", () => {
  const { peer, calls, tcp } = rig();
  peer.send("a");
  tcp.writableLength = 70_000;
  peer.send("b");
  tcp.writableLength = 0;
  peer.send("c");
  expect(calls).toEqual(["cork", "a", "uncork", "cork", "b", "c"]);
});
