import { expect } from "chai";
import { newId } from "@till/ids";
import type { Role } from "@till/rpc/server";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import { bo, newUser, shop } from "../../../test/support/fixtures.ts";
import { paymentMethodActions } from "./support/payment-methods.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("ListPaymentMethods", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());
  const { added } = paymentMethodActions(() => environment);

  it("shows the expiry to the owner alone, and no card to services", async () => {
    const user = newUser();
    await added(user);
    const cardAs = async (caller: string, role: Role) => {
      const { paymentMethods } = await environment
        .payments(caller, role)
        .listPaymentMethods({ userId: user });
      return paymentMethods[0]!.card;
    };
    expect(await cardAs(user, "user")).to.include({ last4: "4242", expYear: 2034 });
    expect(await cardAs(bo, "admin")).to.include({ last4: "4242", expMonth: 0, expYear: 0 });
    expect(await cardAs(shop, "service")).to.equal(undefined);
    expect(await rejectionReason(environment.payments(shop, "service").listPaymentMethods({}))).to.equal(
      "INVALID_ARGUMENT",
    );
    const asAdmin = environment.payments(bo, "admin").removePaymentMethod({ paymentMethodId: newId() });
    expect(await rejectionReason(asAdmin)).to.equal("PERMISSION_DENIED");
  });
});
