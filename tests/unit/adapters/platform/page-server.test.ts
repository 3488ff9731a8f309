import { createServer, type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PageServer, servePages } from "../../../../src/adapters/platform/page-server.ts";

let port = 0;
let server: PageServer;
let made = 0;

beforeAll(async () => {
  port = await freePort();
  server = await servePages(
    port,
    new Map([
      ["/metrics", page],
      ["/broken", broken],
    ]),
  );
});
afterAll(() => server.close());

function page() {
  return { type: "text/plain; version=0.0.4", text: `made ${++made}\n` };
}

function broken(): never {
  throw new RangeError("no place for /home/somebody/secret");
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port: free } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return free;
}

function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string; headers: IncomingMessage["headers"] }> {
  return new Promise((resolve, reject) => {
    const request = send({ host: "127.0.0.1", port, method, path, headers }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
      );
    });
    request.on("error", reject);
    request.end();
  });
}

test("a page is made anew for each GET", async () => {
  const before = made;
  expect(await ask("GET", "/metrics")).toMatchObject({
    status: 200,
    body: `made ${before + 1}\n`,
    headers: { "content-type": "text/plain; version=0.0.4" },
  });
  expect((await ask("GET", "/metrics?x=1")).body).toBe(`made ${before + 2}\n`);
});

test.each([
  ["HEAD", "/metrics", {}, 200],
  ["POST", "/metrics", {}, 405],
  ["DELETE", "/metrics", {}, 405],
  ["GET", "/", {}, 404],
  ["GET", "/metrics/..", {}, 404],
  ["GET", "/metrics", { host: "evil.example" }, 403],
  ["GET", "/metrics", { host: "evil.example:9464" }, 403],
  ["GET", "/metrics", { host: "localhost:1" }, 200],
])("%s %s %j answers %i", async (method, path, headers, status) => {
  const answer = await ask(method, path, headers);
  expect(answer.status).toBe(status);
  if (method === "HEAD") expect(answer.body).toBe("");
  if (status === 405) expect(answer.headers["allow"]).toBe("GET, HEAD");
});

test("a page that cannot be made is an answer, and nothing of why leaves the process", async () => {
  expect(await ask("GET", "/broken")).toMatchObject({
    status: 500,
    body: "this page cannot be made now\n",
  });
  expect((await ask("GET", "/metrics")).status).toBe(200);
});

test("a port that is taken is an error of the configuration", async () => {
  await expect(servePages(port, new Map())).rejects.toMatchObject({
    kind: "config",
    code: "PORT_IN_USE",
    message: `port ${port} of 127.0.0.1 is in use by another program`,
  });
});

test("closing takes away who still holds a connection, and may be asked twice", async () => {
  const other = await freePort();
  const closing = await servePages(other, new Map());
  const { connect } = await import("node:net");
  const socket = connect(other, "127.0.0.1");
  const ended = new Promise((resolve) => socket.on("close", resolve));
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("connect", resolve));
  await Promise.all([closing.close(), closing.close()]);
  await ended;
});
