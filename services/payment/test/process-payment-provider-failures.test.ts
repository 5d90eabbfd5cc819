import { Code, createClient } from "@connectrpc/connect";
import { expect } from "chai";
import { ErrorInfoSchema, RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { grpcTransport } from "@till/rpc/client";
import { reasonOf } from "@till/rpc/errors";
import { failureOf } from "../../../test/support/failure-of.ts";
import { paymentWorld, price, type PaymentWorld } from "./support/payment-service.ts";
import { json } from "./support/psp-proxy.ts";

describe("ProcessPayment with a provider in trouble", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({ env: { TILL_PSP_TIMEOUT_MS: "2000", TILL_RESOLVE_AFTER_SECONDS: "3600" } });
  });
  after(() => world?.stop());
  afterEach(() => world.psp.misbehave(undefined));

  const stored = async (orderId: string) =>
    (await world.rows(`SELECT id, status, attempt_until FROM payment WHERE order_id = $1`, [orderId]))[0]!;
  const history = async (orderId: string) => {
    const text = `SELECT type, reason FROM payment_event WHERE payment_id = $1 ORDER BY version`;
    return (await world.rows(text, [(await stored(orderId)).id])).map(
      ({ type, reason }) => `${String(type)} ${String(reason)}`,
    );
  };
  async function expectUnknown(call: Promise<unknown>, orderId: string): Promise<void> {
    const error = await failureOf(call);
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "PAYMENT_UNKNOWN"]);
    expect(error.findDetails(RetryInfoSchema)).to.have.length(1);
    const { id, status } = await stored(orderId);
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).to.deep.equal({ payment_id: id });
    expect(status).to.equal("UNKNOWN");
  }

  it("does not know what became of a charge without an answer, and never charges it twice", async () => {
    const orderId = await world.place();
    const key = newId();
    await expectUnknown(world.pay(orderId, "tok_timeout_after_charge", { key }), orderId);
    expect(world.events(orderId)).to.deep.equal([]);
    await world.untilOrder(orderId, "PAYMENT_PENDING");
    expect(reasonOf(await failureOf(world.pay(orderId)))).to.equal("PAYMENT_IN_PROGRESS");

    const asked = world.psp.seen.POST;
    const { payment, idempotentReplay } = await world.pay(orderId, "tok_timeout_after_charge", { key });
    expect([payment!.status, idempotentReplay]).to.deep.equal([PaymentStatus.PROCESSED, true]);
    expect(world.psp.seen.POST, "the provider was asked what became of it, not to charge again").to.equal(
      asked,
    );
    expect(await world.ledger(orderId)).to.have.length(1);
    await world.untilOrder(orderId, "PAID");
  });

  it("charges once for a client that tries again by itself", async () => {
    const orderId = await world.place();
    const token = await world.token(`user=${world.payerOf(orderId)}`);
    const transport = grpcTransport({
      address: world.addresses[0]!,
      token: () => Promise.resolve(token),
      timeoutMs: 15_000,
    });
    const method = { case: "paymentToken" as const, value: "tok_timeout_after_charge" };
    const request = { orderId, amount: price, method, idempotencyKey: newId() };
    const { payment } = await createClient(PaymentService, transport).processPayment(request);
    transport.close();
    expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
    expect(await world.ledger(orderId)).to.have.length(1);
  });

  it("charges again under the same key where the provider has heard of nothing", async () => {
    const orderId = await world.place();
    const key = newId();
    let requests = 0;
    world.psp.misbehave(
      (request, response) => request.method === "POST" && ++requests === 1 && !!response.destroy(),
    );
    await expectUnknown(world.pay(orderId, "tok_approve", { key }), orderId);
    const { payment } = await world.pay(orderId, "tok_approve", { key });
    expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
    expect(await world.ledger(orderId)).to.have.length(1);
  });

  it("stays unknown as long as the provider does not answer", async () => {
    const orderId = await world.place();
    const key = newId();
    for (let round = 0; round < 2; round++) {
      await expectUnknown(world.pay(orderId, "tok_timeout_before_charge", { key }), orderId);
    }
    expect(await world.ledger(orderId)).to.deep.equal([]);
    expect(await history(orderId)).to.deep.equal([
      "PAYMENT_REQUESTED ",
      "PROVIDER_UNKNOWN no answer in time",
      "PAYMENT_RESUMED ",
      "PROVIDER_UNKNOWN no answer in time",
    ]);
  });

  it("charges nothing while the provider refuses connections, and takes the payment up once it is back", async () => {
    const orderId = await world.place();
    const key = newId();
    await world.psp.shut();
    const error = await failureOf(world.pay(orderId, "tok_approve", { key }));
    await world.psp.reopen();
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "UPSTREAM_UNAVAILABLE"]);
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).to.include({ upstream: "psp" });
    expect(await stored(orderId)).to.include({ status: "PENDING", attempt_until: null });
    const { payment } = await world.pay(orderId, "tok_approve", { key });
    expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
    expect(await world.ledger(orderId)).to.have.length(1);
  });

  it("does not take some proxy's 404 for the provider knowing of nothing", async () => {
    const orderId = await world.place();
    const key = newId();
    await expectUnknown(world.pay(orderId, "tok_timeout_after_charge", { key }), orderId);
    const asked = world.psp.seen.POST;
    world.psp.misbehave((_, response) => {
      json(response, 404, { error: { code: "not_found" } });
      return true;
    });
    await expectUnknown(world.pay(orderId, "tok_timeout_after_charge", { key }), orderId);
    expect(world.psp.seen.POST).to.equal(asked);
  });
});

describe("ProcessPayment without the order service", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    // The janitor, which would ask the provider, rests.
    world = await paymentWorld({
      env: { TILL_ORDER_ADDRESS: "127.0.0.1:1", TILL_RESOLVE_AFTER_SECONDS: "3600" },
    });
  });
  after(() => world?.stop());

  it("charges nothing and says that it is worth another try", async () => {
    const orderId = await world.place();
    const error = await failureOf(world.pay(orderId));
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "UPSTREAM_UNAVAILABLE"]);
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).to.deep.equal({ upstream: "order" });
    expect(error.findDetails(RetryInfoSchema)).to.have.length(1);
    const [row] = await world.rows(`SELECT status, attempt_until FROM payment WHERE order_id = $1`, [
      orderId,
    ]);
    expect(row).to.deep.equal({ status: "PENDING", attempt_until: null });
    expect(world.psp.seen).to.deep.equal({});
  });
});
