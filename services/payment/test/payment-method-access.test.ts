import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { failureOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { ada, bo } from "../../../test/support/fixtures.ts";
import { byPaymentMethod, price } from "./support/fixtures.ts";
import { paymentMethodActions } from "./support/payment-methods.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("Access to payment methods", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());
  const { add, added, list } = paymentMethodActions(() => environment);

  it("is the owner's alone: another user cannot list, charge or change a payment method", async () => {
    const { id } = await added(ada);
    const asBo = environment.payments(bo);
    const method = byPaymentMethod(id);
    const orderId = await environment.placeOrder(bo);
    for (const call of [
      () => asBo.setDefaultPaymentMethod({ paymentMethodId: id }),
      () => asBo.removePaymentMethod({ paymentMethodId: id }),
      () => asBo.removePaymentMethod({ paymentMethodId: newId() }),
      () => asBo.processPayment({ orderId, amount: price, method, idempotencyKey: newId() }),
      () => asBo.authorizePayment({ orderId, amount: price, method, idempotencyKey: newId() }),
    ]) {
      const error = await failureOf(call());
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.NotFound, "PAYMENT_METHOD_NOT_FOUND"]);
    }
    for (const call of [() => asBo.listPaymentMethods({ userId: ada }), () => add(ada, { caller: bo })])
      expect(await rejectionReason(call())).to.equal("PERMISSION_DENIED");
    expect(await environment.ledger(orderId)).to.have.length(0);
    expect((await list(ada)).map((one) => one.id)).to.include(id);
  });
});
