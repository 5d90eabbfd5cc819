import { expect } from "chai";
import { newUser } from "../../../test/support/fixtures.ts";
import { paymentMethodActions } from "./support/payment-methods.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("SetDefaultPaymentMethod", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());
  const { added, list } = paymentMethodActions(() => environment);

  it("leaves a user exactly one default, under concurrent changes", async () => {
    const user = newUser();
    const tokens = ["tok_approve", "tok_slow", "tok_decline"];
    const ids = await Promise.all(tokens.map(async (token) => (await added(user, { token })).id));
    for (let round = 0; round < 5; round += 1) {
      const setting = ids.map((paymentMethodId, n) =>
        environment.payments(user, "user", n % 2).setDefaultPaymentMethod({ paymentMethodId }),
      );
      const removing =
        round === 4
          ? environment.payments(user).removePaymentMethod({ paymentMethodId: ids[0]! })
          : undefined;
      await Promise.allSettled([...setting, removing]);
      expect((await list(user)).filter(({ isDefault }) => isDefault)).to.have.length(1);
    }
  });

  it("changes nothing when a request is repeated with its key", async () => {
    const user = newUser();
    const { id } = await added(user);
    const other = await added(user, { token: "tok_slow" });
    const client = environment.payments(user);
    await client.setDefaultPaymentMethod({ paymentMethodId: id, idempotencyKey: "one" });
    await client.setDefaultPaymentMethod({ paymentMethodId: other.id, idempotencyKey: "two" });
    const late = await client.setDefaultPaymentMethod({ paymentMethodId: id, idempotencyKey: "one" });
    expect(late.paymentMethod!.isDefault).to.equal(false);
    expect((await list(user)).find(({ isDefault }) => isDefault)!.id).to.equal(other.id);
  });
});
