import { expect } from "chai";
import { newId } from "@till/ids";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import { newUser } from "../../../test/support/fixtures.ts";
import { byPaymentMethod, price } from "./support/fixtures.ts";
import { paymentMethodActions } from "./support/payment-methods.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("RemovePaymentMethod", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());
  const { added, list } = paymentMethodActions(() => environment);

  it("erases the encrypted token, and makes the newest remaining payment method the default", async () => {
    const user = newUser();
    const [oldest, , newest] = [
      await added(user, { makeDefault: true }),
      await added(user, { token: "tok_slow" }),
      await added(user, { token: "tok_decline" }),
    ];
    const client = environment.payments(user);
    for (let times = 0; times < 2; times += 1)
      await client.removePaymentMethod({ paymentMethodId: oldest.id });
    const left = await list(user);
    expect(left.map(({ id, isDefault }) => [id === newest.id, isDefault])).to.deep.equal([
      [true, true],
      [false, false],
    ]);
    const [row] = await environment.query(
      `SELECT key_id, nonce, encrypted_token, fingerprint, last4 FROM payment_method WHERE id = $1`,
      [oldest.id],
    );
    expect(row).to.deep.equal({
      key_id: null,
      nonce: null,
      encrypted_token: null,
      fingerprint: null,
      last4: "4242",
    });
    expect(await rejectionReason(client.setDefaultPaymentMethod({ paymentMethodId: oldest.id }))).to.equal(
      "PAYMENT_METHOD_NOT_FOUND",
    );
    const method = byPaymentMethod(oldest.id);
    const paying = client.processPayment({
      orderId: newId(),
      amount: price,
      method,
      idempotencyKey: newId(),
    });
    expect(await rejectionReason(paying)).to.equal("PAYMENT_METHOD_NOT_FOUND");
    expect((await added(user)).id).not.to.equal(oldest.id);
  });
});
