import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import type { Role } from "@till/rpc/server";
import { ada } from "../../../test/support/fixtures.ts";
import { byPaymentMethod, price } from "./support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("ProcessPayment with a payment method", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());

  type Wish = {
    readonly token?: string;
    readonly key?: string;
    readonly makeDefault?: boolean;
    readonly replica?: number;
    readonly caller?: string;
    readonly role?: Role;
  };
  function add(userId: string, wish: Wish = {}) {
    const {
      token = "tok_approve",
      key = newId(),
      makeDefault = false,
      replica,
      caller = userId,
      role,
    } = wish;
    const request = { userId, paymentToken: token, makeDefault, idempotencyKey: key };
    return environment.payments(caller, role, replica).addPaymentMethod(request);
  }
  async function added(userId: string, wish?: Wish) {
    const { paymentMethod } = await add(userId, wish);
    return paymentMethod!;
  }

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
});
