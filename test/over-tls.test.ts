import { createClient } from "@connectrpc/connect";
import { defaultPorts } from "@till/config";
import { kafkaBus } from "@till/events/bus";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { grpcTransport, openTls } from "@till/rpc/client";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { Redis } from "ioredis";
import { UnsecuredJWT } from "jose";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { join } from "node:path";
import { Client } from "pg";
import { createCertificateAuthority } from "../deploy/local/src/certificate-authority.ts";
import { exportLines, newSecrets } from "../deploy/local/src/export-lines.ts";
import { startStack, type Stack, type ServerName } from "../deploy/local/src/stack.ts";
import { eventually } from "./support/eventually.ts";
import { foreignClient, startForeignIssuer } from "./support/foreign-issuer.ts";
import { freeOffset } from "./support/free-ports.ts";
import { inheritedEnv } from "./support/inherited-env.ts";
import { startService } from "./support/service-process.ts";

const log = createLog({ service: "test", level: "silent" });
const record = { topic: "till.test.tls", key: "key", headers: {}, value: "value" };

describe("Over TLS", function () {
  this.timeout(240_000);
  const running = new AsyncDisposableStack();
  let stack: Stack<ServerName>;
  before(async function () {
    if (!process.env["TILL_TEST_KAFKA_BROKERS"]) this.skip();
    stack = await startStack({ servers: ["postgres", "redis", "kafka"], tls: true });
    running.defer(stack.stop);
  });
  after(() => running.disposeAsync());

  it("an order is taken to PAID with the lines that the stack prints, by services that require certificates", async () => {
    const offset = { TILL_PORT_OFFSET: `${await freeOffset()}` };
    const printed = exportLines(stack, newSecrets(), offset).matchAll(/^export (\w+)='(.*)'$/gm);
    const shell = Object.fromEntries([...printed].map(([, name, value]) => [name!, value!]));
    const ports = defaultPorts(offset);
    // Whose tokens the payment service calls the order service with, by client credentials.
    const issuer = await startForeignIssuer();
    running.defer(() => issuer.close());
    const [sandbox, ...services] = await Promise.all([
      startService(
        "sandbox",
        { ...shell, TILL_SANDBOX_HTTP_PORT: `${ports.sandboxHttp}` },
        { http: "TILL_SANDBOX_HTTP_PORT" },
      ),
      startService("order", {
        ...{ ...shell, TILL_PORT: `${ports.order}` },
        ...{ TILL_JWT_ISSUER_2: issuer.issuer, TILL_JWT_AUDIENCE_2: "urn:till" },
        ...{ TILL_JWT_ROLE_CLAIM_2: "scope", TILL_JWT_ROLES_2: "orders=service" },
      }),
      startService("payment", {
        ...{ ...shell, TILL_PORT: `${ports.payment}`, TILL_SERVICE_TOKEN_URL: issuer.tokenUrl },
        ...{ TILL_SERVICE_CLIENT_ID: foreignClient.id, TILL_SERVICE_CLIENT_SECRET: foreignClient.secret },
        ...{ TILL_SERVICE_SCOPE: "orders" },
      }),
      startService("webhook", { ...shell, TILL_PORT: `${ports.webhookService}` }),
      startService("gateway", { ...shell, TILL_PORT: `${ports.gateway}` }, { http: "TILL_PORT" }),
    ]);
    for (const service of [...services, sandbox]) running.defer(() => service.kill());

    const { stdout: checked } = await promisify(execFile)(
      process.execPath,
      [join(import.meta.dirname, "../deploy/doctor/main.ts"), "order", "--json"],
      { env: { ...inheritedEnv, ...shell } },
    ).catch((error: unknown) => error as { stdout: string });
    const results = JSON.parse(checked) as { check: string; status: string }[];
    const statusOf = (name: string) => results.find(({ check }) => check === name)?.status;
    expect(
      ["postgres", "kafka", "redis", "upstream users", "upstream payment"].map(statusOf),
      checked,
    ).to.deep.equal(Array(5).fill("ok"));

    const tokenOf = async (bearer: string) =>
      (await fetch(`http://127.0.0.1:${ports.sandboxHttp}/token?user=${bearer}`)).text();
    const token = await tokenOf("auth0|65f0c2");
    const tls = openTls({ files: stack.tls!, log });
    const connect = (port: number, credentials = tls.client) =>
      grpcTransport({
        address: `https://localhost:${port}`,
        credentials,
        token: () => Promise.resolve(token),
      });
    const transports = [connect(ports.order), connect(ports.payment)] as const;
    const orders = createClient(OrderService, transports[0]);
    const { order } = await orders.createOrder({
      items: [{ item: { case: "courseId", value: "018f0000-0000-7000-8000-0000000000c1" } }],
      idempotencyKey: "order",
    });
    const { id: orderId, total } = order!;
    const method = { case: "paymentToken", value: "tok_approve" } as const;
    const payments = createClient(PaymentService, transports[1]);
    await payments.processPayment({ orderId, amount: total!, method, idempotencyKey: "payment" });
    await eventually(
      async () => expect((await orders.getOrder({ orderId })).order?.status).to.equal(OrderStatus.PAID),
      { timeoutMs: 60_000 },
    );
    transports.forEach((transport) => transport.close());
    expect(issuer.requests.filter((request) => request === "POST /token")).to.have.length(1);
    const admin = await tokenOf("ops&role=admin");
    for (const rpc of ["order.v1.OrderService/ListOrders", "webhook.v1.WebhookService/ListEndpoints"]) {
      const response = await fetch(`http://127.0.0.1:${ports.gateway}/till.${rpc}`, {
        method: "POST",
        headers: { authorization: `Bearer ${admin}`, "content-type": "application/json" },
        body: "{}",
      });
      expect(response.status, `${rpc} through the gateway`).to.equal(200);
    }

    const bare = openTls({ files: { ca: stack.tls!.ca }, log });
    const uncertified = connect(ports.order, bare.client);
    expect(await outcome(createClient(OrderService, uncertified).getOrder({ orderId }))).to.match(
      /unavailable/,
    );
    uncertified.close();
    for (const { close } of [tls, bare]) close();
    const metrics = await fetch(`http://127.0.0.1:${ports.orderMetrics}/metrics`);
    expect(await metrics.text()).to.match(/^tls_certificate_valid_until_seconds\{.*\} \d{10}$/m);
    // Without its Redis the order service would have gone on, with a cache in memory.
    const redis = new Redis(stack.redis.url);
    expect(await redis.keys("till:order:*")).not.to.deep.equal([]);
    redis.disconnect();
  });

  for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] as const)
    it(`Kafka takes records of a client that says who it is by ${mechanism}, and of no other`, async () => {
      const expiresAt = Math.floor(Date.now() / 1000) + 600;
      const token = new UnsecuredJWT({ sub: "till", exp: expiresAt, iat: expiresAt - 600 }).encode();
      expect(await published(mechanism, stack.kafka.sasl!.password, token)).to.equal("OK");
      // kafkajs does not always have the broker's reason.
      expect(await published(mechanism, "another", `${token}x.y`)).not.to.equal("OK");
    });

  it("Kafka's certificate is verified, by the authority that the file has at each connection", async () => {
    const folder = await mkdtemp(join(tmpdir(), "till-kafka-ca-"));
    running.defer(() => rm(folder, { recursive: true }));
    const { ca } = await createCertificateAuthority(folder);
    const { brokers, user: username, password } = stack.kafka.sasl!;
    const security = { tls: { ca }, sasl: { mechanism: "PLAIN", username, password } } as const;
    const bus = await kafkaBus({ brokers: [brokers], clientId: "till-test", log, security });
    running.defer(() => bus.close());
    expect(await outcome(bus.publish([record]))).to.match(/certificate|issuer/);
    await copyFile(stack.tls!.ca, ca);
    await eventually(async () => expect(await outcome(bus.publish([record]))).to.equal("OK"), {
      timeoutMs: 30_000,
    });
  });

  it("Postgres's certificate is verified", async () => {
    const url = new URL(stack.postgres.tlsUrl!("postgres"));
    expect(await outcome(connectedTo(url))).to.equal("OK");
    url.searchParams.delete("sslrootcert");
    expect(await outcome(connectedTo(url))).to.match(/certificate|issuer/);
  });

  async function published(
    mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512" | "OAUTHBEARER",
    password: string,
    token: string,
  ): Promise<string> {
    const { brokers, user: username } = stack.kafka.sasl!;
    const sasl = mechanism === "OAUTHBEARER" ? { mechanism } : { mechanism, username, password };
    const bus = await kafkaBus({
      ...{ brokers: [brokers], clientId: "till-test", log },
      ...{ security: { tls: { ca: stack.tls!.ca }, sasl }, token: () => Promise.resolve(token) },
    });
    return outcome(bus.publish([record])).finally(() => bus.close());
  }
});

async function connectedTo(url: URL): Promise<void> {
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.end();
}

function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "OK",
    (error: Error) => error.message,
  );
}
