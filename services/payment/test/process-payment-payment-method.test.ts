import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { ada, newUser, shop } from "../../../test/support/fixtures.ts";
import { byPaymentMethod, price } from "./support/fixtures.ts";
import { paymentMethodActions } from "./support/payment-methods.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("ProcessPayment with a payment method", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());
  const { added } = paymentMethodActions(() => environment);

  it("charges the payment method that the request names", async () => {
    const { id } = await added(ada);
    const method = byPaymentMethod(id.toUpperCase());
    const request = {
      orderId: await environment.placeOrder(ada),
      amount: price,
      method,
      idempotencyKey: newId(),
    };
    const { payment } = await environment.payments().processPayment(request);
    expect(payment).to.include({ status: PaymentStatus.PROCESSED, paymentMethodId: id });
    const repeated = await environment.payments().processPayment(request);
    expect([repeated.payment!.id, repeated.idempotentReplay]).to.deep.equal([payment!.id, true]);
    expect(await environment.ledger(request.orderId)).to.have.length(1);
  });

  describe("that the request does not name", () => {
    const request = async (userId: string) => ({
      orderId: await environment.placeOrder(userId),
      amount: price,
      idempotencyKey: newId(),
    });

    it("charges the payer's default, and a repeat returns that payment after the default has changed", async () => {
      const userId = newUser();
      await added(userId, { token: "tok_decline" });
      const standard = await added(userId, { makeDefault: true });
      const command = await request(userId);
      const { payment } = await environment.payments(userId).processPayment(command);
      expect(payment).to.include({ status: PaymentStatus.PROCESSED, paymentMethodId: standard.id });

      await added(userId, { token: "tok_decline_hard", makeDefault: true });
      const repeated = await environment.payments(userId, "user", 1).processPayment(command);
      expect([repeated.payment!.id, repeated.idempotentReplay]).to.deep.equal([payment!.id, true]);
      expect(await environment.ledger(command.orderId)).to.have.length(1);
    });

    it("authorizes it, also for a service, which pays for the order's owner", async () => {
      for (const role of ["user", "service"] as const) {
        const userId = newUser();
        const { id } = await added(userId);
        const caller = environment.payments(role === "user" ? userId : shop, role);
        const { payment } = await caller.authorizePayment(await request(userId));
        expect(payment).to.include({ status: PaymentStatus.AUTHORIZED, paymentMethodId: id });
      }
    });

    it("resumes with the default of the first attempt", async () => {
      const userId = newUser();
      const first = await added(userId);
      const command = await request(userId);
      await environment.psp.disconnect();
      const failure = await failureOf(environment.payments(userId).processPayment(command)).finally(() =>
        environment.psp.reconnect(),
      );
      expect(reasonOf(failure)).to.equal("UPSTREAM_UNAVAILABLE");
      await added(userId, { token: "tok_decline_hard", makeDefault: true });
      const { payment } = await eventually(() => environment.payments(userId).processPayment(command));
      expect(payment).to.include({ status: PaymentStatus.PROCESSED, paymentMethodId: first.id });
    });

    it("rejects a payer without one with PAYMENT_METHOD_REQUIRED, and the key can be used again", async () => {
      const userId = newUser();
      const command = await request(userId);
      for (const charge of ["processPayment", "authorizePayment"] as const) {
        const failure = await failureOf(environment.payments(userId)[charge](command));
        expect([failure.code, reasonOf(failure)]).to.deep.equal([
          Code.FailedPrecondition,
          "PAYMENT_METHOD_REQUIRED",
        ]);
      }
      const removed = await added(userId);
      await environment.payments(userId).removePaymentMethod({ paymentMethodId: removed.id });
      const again = await failureOf(environment.payments(userId).processPayment(command));
      expect(reasonOf(again)).to.equal("PAYMENT_METHOD_REQUIRED");

      await added(userId);
      const { payment } = await environment.payments(userId).processPayment(command);
      expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
    });
  });
});
