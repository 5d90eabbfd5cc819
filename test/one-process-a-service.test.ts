import { createClient } from "@connectrpc/connect";
import { freePort } from "@till/embedded-postgres/free-port";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { defaultPorts } from "../packages/config/src/default-ports.ts";
import { gatewayConfig } from "../services/gateway/src/config.ts";
import { orderConfig } from "../services/order/src/config.ts";
import { paymentConfig } from "../services/payment/src/config.ts";
import { sandboxConfig } from "../services/sandbox/src/config.ts";
import { eventually } from "./support/eventually.ts";
import { freeOffset } from "./support/free-ports.ts";
import { inheritedEnv } from "./support/inherited-env.ts";

const commands = {
  stack: "deploy/local/src/main.ts",
  sandbox: "services/sandbox/src/main.ts",
  order: "services/order/src/main.ts",
  payment: "services/payment/src/main.ts",
};
const root = join(import.meta.dirname, "..");

describe("One process a service", () => {
  const running = new Set<ChildProcess>();
  afterEach(async function () {
    this.timeout(60_000);
    const ends = [...running].map((child) => once(child, "close"));
    for (const child of running) child.kill("SIGINT");
    await Promise.all(ends);
  });

  function start(name: keyof typeof commands, env: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, [commands[name]], {
      cwd: root,
      env: { ...inheritedEnv, HOME: process.env.HOME, ...env },
    });
    running.add(child);
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (printed += String(data)));
    const exited = once(child, "close").then(([code]) => {
      running.delete(child);
      return code as number | null;
    });
    return {
      child,
      exited,
      printed: () => printed,
      prints: (text: string) => eventually(() => expect(printed).to.include(text), { timeoutMs: 90_000 }),
    };
  }

  it("takes an order to PAID with nothing but the lines that the stack prints, on any ports", async function () {
    if (!process.env["TILL_TEST_KAFKA_BROKERS"]) this.skip();
    const offset = { TILL_PORT_OFFSET: `${await freeOffset()}` };
    const stack = start("stack", offset);
    await stack.prints("# Ctrl-C");
    const lines = stack.printed().matchAll(/^export (\w+)='(.*)'$/gm);
    const shell = Object.fromEntries([...lines].map(([, name, value]) => [name!, value!]));
    const services = (["sandbox", "order", "payment"] as const).map((name) => start(name, shell));
    for (const service of services) await service.prints('"msg":"ready"');

    const ports = defaultPorts(offset);
    const response = await fetch(`http://127.0.0.1:${ports.sandboxHttp}/token?user=auth0|65f0c2`);
    const token = await response.text();
    const connect = (port: number) =>
      grpcTransport({ address: `127.0.0.1:${port}`, token: () => Promise.resolve(token) });
    const [toOrders, toPayments] = [connect(ports.order), connect(ports.payment)];
    const orders = createClient(OrderService, toOrders);
    const { order } = await orders.createOrder({
      items: [{ item: { case: "courseId", value: "018f0000-0000-7000-8000-0000000000c1" } }],
      idempotencyKey: "order",
    });
    const { id: orderId, total } = order!;
    const method = { case: "paymentToken", value: "tok_approve" } as const;
    const payments = createClient(PaymentService, toPayments);
    await payments.processPayment({ orderId, amount: total!, method, idempotencyKey: "payment" });
    await eventually(async () =>
      expect((await orders.getOrder({ orderId })).order?.status).to.equal(OrderStatus.PAID),
    );
    toOrders.close();
    toPayments.close();

    for (const [name, variable] of [
      ["sandbox", "TILL_SANDBOX_HTTP_PORT"],
      ["order", "TILL_METRICS_PORT"],
      ["payment", "TILL_WEBHOOK_PORT"],
    ] as const) {
      const second = start(name, shell);
      expect(await second.exited).to.equal(1);
      expect(second.printed()).to.match(
        new RegExp(`\n${name} cannot start: [^\n]+ the port is taken; set ${variable}, [^\n]+\n$`),
      );
    }
  }).timeout(300_000);

  it("looks for each neighbour where the neighbour listens, whatever the offset", () => {
    const env = {
      TILL_PORT_OFFSET: "100",
      TILL_PSP_WEBHOOK_SECRET: "a secret",
      TILL_PSP_WEBHOOK_URL: "http://x",
    };
    const [order, payment, sandbox] = [orderConfig(env), paymentConfig(env), sandboxConfig(env)];
    expect([order.port, payment.port, sandbox.grpcPort, sandbox.httpPort]).to.deep.equal([
      50_151, 50_152, 50_153, 8190,
    ]);
    const http = `http://127.0.0.1:${sandbox.httpPort}/`;
    expect(order.paymentAddress).to.equal(`127.0.0.1:${payment.port}`);
    expect(payment.orderAddress).to.equal(`127.0.0.1:${order.port}`);
    for (const address of ["usersAddress", "coursesAddress", "catalogAddress", "inventoryAddress"] as const)
      expect(order[address]).to.equal(`127.0.0.1:${sandbox.grpcPort}`);
    for (const url of [order.serviceToken.url, order.tokens.issuers[0]!.jwksUrl!, payment.serviceToken.url])
      expect(url.startsWith(http), url).to.equal(true);
    const gateway = gatewayConfig(env);
    expect(gateway).to.include({
      port: 8180,
      orderAddress: payment.orderAddress,
      paymentAddress: order.paymentAddress,
    });
    expect(gateway.tokens).to.deep.equal(order.tokens);
    expect(payment.provider).to.include({ url: `${http}psp/v1` });
  });

  it("says once that Postgres cannot be reached, and stops at a signal while it waits", async () => {
    const url = `postgres://127.0.0.1:${await freePort()}/till_order`;
    const order = start("order", { DATABASE_URL: url });
    await order.prints("Postgres cannot be reached");
    order.child.kill("SIGTERM");
    expect(await order.exited).to.equal(0);
    expect(order.printed().split("Postgres cannot be reached")).to.have.length(2);
  });
});
