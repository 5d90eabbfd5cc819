import { expect } from "chai";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { eventually } from "../../../test/support/eventually.ts";
import { startGatewaySystem, startTestGateway, type GatewaySystem } from "./support/gateway.ts";
import { anyBuyer, anyCourse, newKey, restClient } from "./support/rest.ts";

type Problem = { readonly status: number; readonly reason: string };

describe("HTTP that is malformed, hostile or slow", () => {
  let system: GatewaySystem;
  before(async function () {
    this.timeout(60_000);
    system = await startGatewaySystem();
  });
  after(() => system?.stop());

  /** Sends bytes and returns all that comes until the server closes the connection. */
  async function raw(...bytes: string[]): Promise<string> {
    const socket = connect(system.port, "127.0.0.1");
    await once(socket, "connect");
    for (const part of bytes) socket.write(part);
    return text(socket);
  }

  async function post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ) {
    const response = await fetch(`${system.url}${path}`, {
      method: "POST",
      headers: {
        ...(await system.bearer(anyBuyer())),
        "content-type": "application/json",
        "idempotency-key": newKey(),
        ...headers,
      },
      body,
    });
    return { status: response.status, body: (await response.json()) as Problem & { code?: string } };
  }

  for (const [what, body] of [
    ["that is not JSON", "{items}"],
    ["that ends too early", '{"items": ['],
    ["with a key twice", '{"notes": "a", "notes": "b"}'],
    ["that is no object", "[]"],
    ["nested a hundred thousand times", "[".repeat(100_000)],
    ["with a prototype", '{"__proto__": {"items": 1}, "constructor": 2}'],
  ] as const)
    it(`rejects a body ${what}`, async () => {
      expect(await post("/orders", body)).to.deep.include({ status: 400 });
    });

  it("rejects another content type and compressed JSON with 415, and no body with 400", async () => {
    const forms = await post("/orders", "a=1", { "content-type": "application/x-www-form-urlencoded" });
    expect([forms.status, forms.body.reason]).to.deep.equal([415, "UNSUPPORTED_MEDIA_TYPE"]);
    const zipped = await post("/orders", gzipSync("{}"), { "content-encoding": "gzip" });
    expect([zipped.status, zipped.body.reason]).to.deep.equal([415, "UNSUPPORTED_MEDIA_TYPE"]);
    expect((await post("/orders", "")).status).to.equal(400);
  });

  it("rejects a body of more than 1 MiB, declared or sent, without reading it", async () => {
    const large = await post("/orders", JSON.stringify({ notes: "x".repeat(1_100_000) }));
    expect([large.status, large.body.reason]).to.deep.equal([413, "REQUEST_TOO_LARGE"]);
    const { authorization } = await system.bearer(anyBuyer());
    const head = `POST /orders HTTP/1.1\r\nhost: till\r\nauthorization: ${authorization}\r\n`;
    const declared = await raw(
      `${head}content-type: application/json\r\nconnection: close\r\ncontent-length: 1000000000\r\n\r\n{`,
    );
    expect(declared).to.match(/^HTTP\/1\.1 413 /);
    expect(declared).to.include('"reason":"REQUEST_TOO_LARGE"');
  });

  it("does not inflate a body beyond 1 MiB in Connect either", async () => {
    const bomb = gzipSync(JSON.stringify({ orderId: "x".repeat(50_000_000) }));
    const { body } = await post("/till.order.v1.OrderService/GetOrder", bomb, { "content-encoding": "gzip" });
    expect(body.code).to.equal("resource_exhausted");
  });

  it("rejects headers of more than 16 KiB, and what is not HTTP, as a problem", async () => {
    const headers = await raw(`GET /orders HTTP/1.1\r\nhost: till\r\nx: ${"x".repeat(20_000)}\r\n\r\n`);
    expect(headers).to.match(/^HTTP\/1\.1 431 /);
    expect(headers).to.include("application/problem+json").and.to.include('"reason":"HEADERS_TOO_LARGE"');
    expect(await raw("nonsense\r\n\r\n")).to.match(/^HTTP\/1\.1 400 /);
  });

  it("ends a request whose headers do not come, and serves others meanwhile", async () => {
    const slow = raw("GET /orders HTTP/1.1\r\nhost: till\r\n");
    const send = restClient(system, anyBuyer());
    const order = await send("POST", "/orders", { items: [{ courseId: anyCourse() }] }, { key: newKey() });
    expect(order.status).to.equal(201);
    expect(await slow).to.match(/^HTTP\/1\.1 408 /);
  }).timeout(60_000);

  it("closes a connection on which nothing is sent or read", async () => {
    const gateway = await startTestGateway({});
    const socket = connect(gateway.port, "127.0.0.1");
    try {
      const isOpen = async (count: number) =>
        expect(await gateway.metrics.getSingleMetricAsString("gateway_open_connections")).to.include(
          `} ${count}`,
        );
      await eventually(() => isOpen(1));
      await eventually(() => isOpen(0), { timeoutMs: 40_000 });
    } finally {
      socket.destroy();
      await gateway.stop();
    }
  }).timeout(60_000);

  it("responds in turn to requests that do not wait, and closes a connection that sends too many", async () => {
    const get = (path: string, close = "") => `GET ${path} HTTP/1.1\r\nhost: till\r\n${close}\r\n`;
    const responses = await raw(
      ...[get("/healthz"), get("/orders"), get("/openapi.json"), get("/healthz", "connection: close\r\n")],
    );
    const statuses = [...responses.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status);
    expect(statuses).to.deep.equal(["200", "401", "200", "200"]);
    const flood = connect(system.port, "127.0.0.1");
    flood.on("error", () => undefined).write(get("/openapi.json").repeat(500));
    let received = 0;
    for await (const part of flood) received += (part as Buffer).length;
    expect(received, "one response at most is made of them").to.be.lessThan(1_000_000);
  });

  it("rejects a key that no header of gRPC can have, over every protocol", async () => {
    for (const key of ["caf\u00e9", "two words", "x".repeat(256)]) {
      const rest = await post("/orders", "{}", { "idempotency-key": key });
      expect([rest.status, rest.body.reason]).to.deep.equal([400, "IDEMPOTENCY_KEY_INVALID"]);
      const rpc = await post("/till.order.v1.OrderService/CreateOrder", "{}", { "idempotency-key": key });
      expect([rpc.status, rpc.body.code]).to.deep.equal([400, "invalid_argument"]);
    }
  });

  it("does not pass on what services could not read", async () => {
    const headers = { ...(await system.bearer(anyBuyer())), tracestate: "caf\u00e9", traceparent: "\u00e9" };
    expect((await fetch(`${system.url}/orders`, { headers })).status).to.equal(200);
  });

  it("knows which methods a path has, and which paths there are", async () => {
    const headers = await system.bearer(anyBuyer());
    const wrong = await fetch(`${system.url}/orders/1`, { method: "POST", headers });
    expect([wrong.status, wrong.headers.get("allow")]).to.deep.equal([405, "GET, HEAD, PATCH"]);
    expect(((await wrong.json()) as Problem).reason).to.equal("METHOD_NOT_ALLOWED");
    const query = await raw("QUERY /orders HTTP/1.1\r\nhost: till\r\nconnection: close\r\n\r\n");
    expect(query).to.match(/^HTTP\/1\.1 405 /);
    const unknown = await fetch(`${system.url}/order`, { headers });
    expect([unknown.status, ((await unknown.json()) as Problem).reason]).to.deep.equal([
      404,
      "ROUTE_NOT_FOUND",
    ]);
  });
});
