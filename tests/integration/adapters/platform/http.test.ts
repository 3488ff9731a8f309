import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createHttpClient } from "../../../../src/adapters/platform/http.ts";

const servers: Server[] = [];
const { signal } = new AbortController();
// Wide except where a test wants the limit to be met, so that a busy machine changes no outcome.
const LIMITS = { connectMs: 5000, headersMs: 5000, bodyMs: 5000, bodyBytes: 1000 };

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const get = (url: string) => ({ method: "GET" as const, url, headers: { "x-a": "1" } });

test("method, headers and body arrive; status, headers and body come back", async () => {
  const url = await serve((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      response.setHeader("x-many", ["a", "b"]);
      response.statusCode = 201;
      response.end(`${request.method} ${request.url} ${String(request.headers["x-a"])} ${body} ü`);
    });
  });
  const asked = { ...get(`${url}/p?q=1`), method: "POST" as const, body: "{}" };
  const response = await createHttpClient().request(asked, signal);
  expect(response).toMatchObject({ status: 201, body: "POST /p?q=1 1 {} ü" });
  expect(response.headers["x-many"]).toBe("a, b");
});

test("a request may allow less than the client does, never more", async () => {
  const url = await serve((request, response) => {
    response.end("x".repeat(Number(request.url?.slice(1))));
  });
  const client = createHttpClient(LIMITS);
  const ask = (bytes: number, maxBytes: number) =>
    client.request({ ...get(`${url}/${bytes}`), maxBytes }, signal);
  expect((await ask(500, 500)).body).toHaveLength(500);
  await expect(ask(501, 500)).rejects.toMatchObject({ code: "NETWORK_TOO_LARGE" });
  await expect(ask(1001, 5000)).rejects.toMatchObject({ code: "NETWORK_TOO_LARGE" });
});

test("I12: a redirect is an answer, not followed", async () => {
  let hits = 0;
  const url = await serve((_request, response) => {
    hits++;
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  const response = await createHttpClient().request(get(url), signal);
  expect([response.status, hits]).toEqual([307, 1]);
});

test("nobody listens", async () => {
  await expect(
    createHttpClient().request(get("http://127.0.0.1:1/x"), signal),
  ).rejects.toMatchObject({
    kind: "network",
    code: "NETWORK_REFUSED",
    message: expect.stringContaining("127.0.0.1:1"),
    hint: "check the connection, or try --sim",
  });
});

test("a host name that does not exist", async () => {
  const asked = createHttpClient().request(get("http://no-such-host.invalid/"), signal);
  await expect(asked).rejects.toMatchObject({ kind: "network", code: "NETWORK_DNS" });
});

test("no headers in time, and a body that drips", async () => {
  const silent = await serve(() => {});
  const hasty = createHttpClient({ ...LIMITS, connectMs: 50, headersMs: 50 });
  await expect(hasty.request(get(silent), signal)).rejects.toMatchObject({
    code: "NETWORK_TIMEOUT",
  });
  const dripping = await serve((_request, response) => {
    response.write("a");
    const drip = setInterval(() => response.write("a"), 30);
    response.on("close", () => clearInterval(drip));
  });
  const patient = createHttpClient({ ...LIMITS, bodyMs: 100 });
  await expect(patient.request(get(dripping), signal)).rejects.toMatchObject({
    code: "NETWORK_TIMEOUT",
    message: expect.stringContaining("body"),
  });
});

test("I34: a body over the limit", async () => {
  const url = await serve((_request, response) => response.end("x".repeat(2000)));
  await expect(createHttpClient(LIMITS).request(get(url), signal)).rejects.toMatchObject({
    code: "NETWORK_TOO_LARGE",
  });
});

test("a connection cut in the middle", async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { "content-length": "10" });
    response.write("abc");
    setImmediate(() => response.destroy());
  });
  await expect(createHttpClient().request(get(url), signal)).rejects.toMatchObject({
    kind: "network",
    code: "NETWORK_RESET",
  });
});

test("an abort rejects with its reason", async () => {
  const url = await serve(() => {});
  const stop = new AbortController();
  const reason = new Error("stop");
  const asked = createHttpClient().request(get(url), stop.signal);
  stop.abort(reason);
  await expect(asked).rejects.toBe(reason);
});
