import { newId } from "@till/ids";
import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { Agent, fetch } from "undici";
import { newCourse, newUser } from "../../../test/support/fixtures.ts";
import { startPaymentSystem, type PaymentSystem } from "../../../test/support/payment-system.ts";
import { openTlsProxy } from "../../../test/support/tls-proxy.ts";
import { selfSignedCertificate } from "../../../services/gateway/test/support/certificate.ts";
import { startTestGateway } from "../../../services/gateway/test/support/gateway.ts";
import { cliConfig } from "../src/cli/config.ts";
import { runCli } from "../src/cli/run-cli.ts";
import { createTill, type Till, type TlsOptions } from "../src/index.ts";
import { createTill as createWebTill } from "../src/web.ts";
import { all, errorOf } from "./support/client-system.ts";

describe("The client over TLS, with an authority of one's own", () => {
  const opened = new AsyncDisposableStack();
  let system: PaymentSystem;
  let certificate: Awaited<ReturnType<typeof selfSignedCertificate>>;
  let ports: { readonly orders: number; readonly payments: number };
  let token: string;
  before(async () => {
    certificate = await selfSignedCertificate();
    opened.defer(() => certificate.remove());
    system = await startPaymentSystem();
    opened.defer(() => system.stop());
    const [orders, payments] = [
      await openTlsProxy(system.orderAddress, certificate),
      await openTlsProxy(system.paymentAddress, certificate),
    ];
    opened.defer(() => [orders, payments].forEach((proxy) => proxy.close()));
    ports = { orders: orders.port, payments: payments.port };
    token = await system.token(newUser());
  });
  after(() => opened.disposeAsync());

  function open(orderAddress: string, tls?: TlsOptions): Till {
    const paymentAddress = `https://127.0.0.1:${ports.payments}`;
    const till = createTill({ orderAddress, paymentAddress, tls, token, timeoutMs: 15_000, maxRetries: 1 });
    opened.defer(() => till.close());
    return till;
  }

  /** Runs the command. */
  async function till(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const printed: string[] = [];
    const print = (line: string) => void printed.push(line);
    const exitCode = await runCli(args, {
      config: cliConfig({ TILL_TOKEN: token, ...env }),
      ...{ print, printError: print, interrupted: () => new AbortController().signal },
    });
    return { exitCode, out: printed.join("\n") };
  }

  it("buys and watches an order", async () => {
    const till = open(`grpcs://127.0.0.1:${ports.orders}`, { ca: await readFile(certificate.cert) });
    const { id: orderId, total: amount } = await till.orders.create({ items: [{ courseId: newCourse() }] });
    await till.payments.process({ orderId, amount, paymentToken: "tok_approve" });
    const updates = await all(till.orders.watch(orderId, { until: ["PAID"] }));
    expect(updates.at(-1)).to.include({ status: "PAID" });
  });

  it("is UNAVAILABLE where the authority is unknown, the name another one's, or there is no TLS", async () => {
    const ca = await readFile(certificate.cert);
    for (const till of [
      open(`grpcs://127.0.0.1:${ports.orders}`),
      open(`grpcs://localhost:${ports.orders}`, { ca }),
      open(system.orderAddress, { ca }),
      open(`grpc://127.0.0.1:${ports.orders}`),
    ])
      expect(await errorOf(till.orders.get(newId()))).to.include({ code: "UNAVAILABLE" });
  });

  it("does not mix addresses with TLS and without, and takes no other scheme", async () => {
    for (const address of ["grpcs://a:1,grpc://b:1", "grpcs://a:1,b:1", "https://", "http://a/b", ""])
      expect(await errorOf(Promise.resolve().then(() => open(address)))).to.include({
        reason: "INVALID_ARGUMENT",
      });
  });

  it("presents a certificate of its own where the service requires one", async () => {
    const own = await selfSignedCertificate();
    opened.defer(() => own.remove());
    const proxy = await openTlsProxy(system.orderAddress, { ...certificate, clientCa: own.cert });
    opened.defer(() => proxy.close());
    const [ca, cert, key] = await Promise.all(
      [certificate.cert, own.cert, own.key].map((path) => readFile(path)),
    );
    const orderAddress = `grpcs://127.0.0.1:${proxy.port}`;
    expect(await all(open(orderAddress, { ca, cert, key }).orders.list())).to.have.lengthOf(1);
    const without = open(orderAddress, { ca });
    expect(await errorOf(all(without.orders.list()))).to.include({ code: "UNAVAILABLE" });
    expect(() => open(orderAddress, { ca, cert })).to.throw(/a certificate and its key, or neither/);
    const files = ["--ca", certificate.cert, "--cert", own.cert, "--cert-key", own.key];
    const { exitCode, out } = await till(["orders", "list", "--order-address", orderAddress, ...files]);
    expect(exitCode, out).to.equal(0);
    expect(out).to.contain("PAID");
  });

  it("lists orders by the command with TILL_CA", async () => {
    const args = ["orders", "list", "--order-address", `grpcs://127.0.0.1:${ports.orders}`];
    const { exitCode, out } = await till(args, { TILL_CA: certificate.cert });
    expect(exitCode).to.equal(0);
    expect(out).to.contain("PAID");
  });

  it("calls the gateway over HTTPS by a fetch that trusts it", async () => {
    const { orderAddress, paymentAddress, jwksUrl } = system;
    const gateway = await startTestGateway({
      ...{ TILL_ORDER_ADDRESS: orderAddress, TILL_PAYMENT_ADDRESS: paymentAddress, TILL_JWKS_URL: jwksUrl },
      ...{ TILL_GATEWAY_TLS_CERT: certificate.cert, TILL_GATEWAY_TLS_KEY: certificate.key },
    });
    opened.defer(() => gateway.stop());
    const dispatcher = new Agent({ connect: { ca: await readFile(certificate.cert) } });
    opened.defer(() => dispatcher.destroy());
    const trusting = ((url: string, init: object) => fetch(url, { ...init, dispatcher })) as never;
    const till = createWebTill({ url: `${gateway.url}/`, token, fetch: trusting });
    expect(await all(till.orders.list({ statuses: ["PAID"] }))).to.have.lengthOf(1);
    const untrusting = createWebTill({ url: gateway.url, token, maxRetries: 0 });
    expect(await errorOf(all(untrusting.orders.list()))).to.include({ code: "UNAVAILABLE" });
  });
});
