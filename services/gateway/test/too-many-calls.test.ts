import { createClient, type ConnectError, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { expect } from "chai";
import { connect } from "node:net";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf } from "../../../test/support/failure-of.ts";
import { selfSignedCertificate } from "./support/certificate.ts";
import { startHeldOrders, type HeldOrders } from "./support/held-orders.ts";

const anyone = "192.0.2.1";
const page = "https://shop.example";

type Sent = { readonly from?: string; readonly signal?: AbortSignal };

describe("Calls of clients, of which the gateway has too many", () => {
  const opened = new AsyncDisposableStack();
  const limits = {
    ...{ TILL_MAX_CALLS: "2", TILL_MAX_QUEUED_CALLS: "3" },
    ...{ TILL_TRUSTED_PROXIES: "127.0.0.1", TILL_CORS_ORIGINS: page },
  };
  let system: HeldOrders;
  before(async function () {
    this.timeout(60_000);
    system = await startHeldOrders(limits);
    opened.defer(() => system.stop());
  });
  after(() => opened.disposeAsync());
  beforeEach(() => system.hold());
  afterEach(async () => {
    system.respond();
    await untilCalls({ running: 0, queued: 0 });
  });

  const path = () => `/orders/${system.orderId}`;
  async function get({ from = anyone, signal }: Sent = {}, target = path()) {
    const script = { Origin: page, "Access-Control-Request-Method": "GET" };
    const headers = { authorization: system.authorization, "x-forwarded-for": from, ...script };
    const response = await fetch(`${system.url}${target}`, { headers, ...(signal && { signal }) });
    const { reason } = (await response.json()) as { readonly reason?: string };
    return { status: response.status, reason, headers: response.headers };
  }
  const statusOf = async (sent?: Sent) => (await get(sent)).status;

  async function untilCalls(expected: Readonly<Record<"running" | "queued", number>>): Promise<void> {
    await eventually(async () => {
      const { values } = await system.metrics.getSingleMetric("gateway_calls")!.get();
      const of = values.filter(({ labels }) => labels.upstream === "order");
      expect(Object.fromEntries(of.map(({ labels, value }) => [labels.state, value]))).to.deep.equal(
        expected,
      );
    });
  }

  /** Sends as many as may be under way and wait. */
  async function fill(): Promise<Promise<number>[]> {
    const responses = Array.from({ length: 5 }, () => statusOf());
    await untilCalls({ running: 2, queued: 3 });
    return responses;
  }

  /** Sends the headers of a request that has a body, and nothing of that, until the gateway has read them. */
  async function beginPost(path: string) {
    const socket = connect(system.port, "127.0.0.1");
    opened.defer(() => void socket.destroy());
    let received = "";
    socket.on("data", (bytes) => (received += String(bytes)));
    const untilReceived = (pattern: RegExp) => eventually(() => expect(received).to.match(pattern));
    const headers = [
      `POST ${path} HTTP/1.1\r\nhost: till\r\nx-forwarded-for: ${anyone}`,
      `authorization: ${system.authorization}\r\nidempotency-key: any`,
      `content-type: application/json\r\ncontent-length: 2\r\nexpect: 100-continue`,
    ];
    socket.write(`${headers.join("\r\n")}\r\n\r\n`);
    await untilReceived(/^HTTP\/1\.1 100 /);
    return { untilReceived, sendBody: () => socket.write("{}") };
  }

  it("are OVERLOADED at once, with a time to retry after; those that wait are served", async () => {
    const served = await fill();
    const { status, reason, headers } = await get();
    expect([status, reason]).to.deep.equal([503, "OVERLOADED"]);
    expect(headers.get("content-type")).to.equal("application/problem+json");
    expect(Number(headers.get("retry-after"))).to.be.within(1, 5);
    expect(headers.get("Access-Control-Allow-Origin")).to.equal(page);
    expect(headers.get("x-request-id")).to.have.length.above(0);
    for (const other of ["/healthz", "/docs", "/openapi.json", "/console/"])
      expect((await fetch(`${system.url}${other}`)).status, other).to.equal(200);
    system.respond();
    expect(await Promise.all(served)).to.deep.equal([200, 200, 200, 200, 200]);
    expect(await statusOf()).to.equal(200);
  });

  it("are OVERLOADED in the words of each protocol", async () => {
    const { cert, key, remove } = await selfSignedCertificate();
    opened.defer(remove);
    const secure = await startHeldOrders({
      ...limits,
      TILL_GATEWAY_TLS_CERT: cert,
      TILL_GATEWAY_TLS_KEY: key,
    });
    opened.defer(() => secure.stop());
    const nodeOptions = { rejectUnauthorized: false };
    const over: Record<string, [HeldOrders, Transport]> = {
      Connect: [system, createConnectTransport({ baseUrl: system.url, httpVersion: "1.1" })],
      JSON: [
        system,
        createConnectTransport({ baseUrl: system.url, httpVersion: "1.1", useBinaryFormat: false }),
      ],
      "gRPC-Web": [system, createGrpcWebTransport({ baseUrl: system.url, httpVersion: "1.1" })],
      gRPC: [secure, createGrpcTransport({ baseUrl: secure.url, nodeOptions })],
    };
    for (const [protocol, [{ authorization, orderId, respond, hold }, transport]] of Object.entries(over)) {
      hold();
      const { getOrder } = createClient(OrderService, transport);
      const rejected: ConnectError[] = [];
      const calls = Array.from({ length: 6 }, () =>
        getOrder({ orderId }, { headers: { authorization } }).catch((error: ConnectError) => {
          rejected.push(error);
        }),
      );
      await eventually(() => rejected.length > 0);
      const error = rejected[0]!;
      expect(factsOf(error).reason, protocol).to.equal("OVERLOADED");
      const [retry] = error.findDetails(RetryInfoSchema);
      expect(durationMs(retry!.retryDelay!), protocol).to.be.within(500, 5_000);
      respond();
      await Promise.all(calls);
      expect(rejected, protocol).to.have.length(1);
    }
  });

  it("are rejected unread, and take no place while they are not whole", async () => {
    const createOrder = "/till.order.v1.OrderService/CreateOrder";
    const unfinished = await Promise.all(["/orders", "/orders", "/orders", createOrder].map(beginPost));
    const served = await fill();
    await (await beginPost("/orders")).untilReceived(/ 503 [^]*"reason":"OVERLOADED"/);
    await (await beginPost(createOrder)).untilReceived(/ 429 [^]*"code":"resource_exhausted"/);
    system.respond();
    expect(await Promise.all(served)).to.deep.equal([200, 200, 200, 200, 200]);
    for (const { sendBody, untilReceived } of unfinished) {
      sendBody();
      await untilReceived(/ 20\d /);
    }
  });

  it("are not those that stream", async () => {
    const transport = createConnectTransport({ baseUrl: system.url, httpVersion: "1.1" });
    const { watchOrder } = createClient(OrderService, transport);
    const leave = new AbortController();
    const watch = async () => {
      const options = { headers: { authorization: system.authorization }, signal: leave.signal };
      const updates = watchOrder({ orderId: system.orderId }, options)[Symbol.asyncIterator]();
      await updates.next();
    };
    await Promise.all(Array.from({ length: 6 }, watch));
    const served = await fill();
    await watch();
    system.respond();
    expect(await Promise.all(served)).to.deep.equal([200, 200, 200, 200, 200]);
    leave.abort();
  });

  it("are not forwarded where their client has gone while they waited", async () => {
    const running = [statusOf(), statusOf()];
    await eventually(() => system.begun() === 2);
    const leave = new AbortController();
    const gone = get({ signal: leave.signal }).catch(() => "gone");
    await untilCalls({ running: 2, queued: 1 });
    const last = statusOf();
    await untilCalls({ running: 2, queued: 2 });
    leave.abort();
    expect(await gone).to.equal("gone");
    await fetch(`${system.url}/healthz`); // the gateway has read of it, too
    system.respond();
    expect(await Promise.all([...running, last])).to.deep.equal([200, 200, 200]);
    expect(system.begun()).to.equal(3);
  });

  it("are rejected of the address that has most of them; another's waits in its place, and not for long", async () => {
    const served = await fill();
    const other = statusOf({ from: "192.0.2.2" });
    expect(await Promise.race(served)).to.equal(503);
    expect(await statusOf()).to.equal(503);
    await untilCalls({ running: 2, queued: 3 });
    system.respond();
    expect(await other).to.equal(200);
    expect((await Promise.all(served)).toSorted()).to.deep.equal([200, 200, 200, 200, 503]);
  });

  it("wait for their own service alone", async () => {
    const served = await fill();
    expect((await get({}, `/payments/${system.orderId}`)).reason).to.equal("UPSTREAM_UNAVAILABLE");
    system.respond();
    await Promise.all(served);
  });
});
