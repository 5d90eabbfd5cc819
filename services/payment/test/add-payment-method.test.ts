import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { factsOf, failureOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { newUser, shop } from "../../../test/support/fixtures.ts";
import { paymentMethodActions } from "./support/payment-methods.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("AddPaymentMethod", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());
  const { add, added, list } = paymentMethodActions(() => environment);

  it("stores the provider's token, and returns the provider's description of the card", async () => {
    const user = newUser();
    const first = await added(user);
    expect(first).to.deep.include({ userId: user, isDefault: true });
    expect(first.card).to.include({ brand: "visa", last4: "4242", expMonth: 12, expYear: 2034 });
    const second = await added(user, { token: "tok_slow" });
    expect(second.isDefault).to.equal(false);
    expect((await list(user)).map(({ id }) => id)).to.deep.equal([second.id, first.id]);
  });

  it("needs an idempotency key, and returns the current payment method to a repeat", async () => {
    const user = newUser();
    expect(await rejectionReason(add(user, { key: "" }))).to.equal("IDEMPOTENCY_KEY_REQUIRED");
    const first = await add(user, { key: "add" });
    await added(user, { token: "tok_slow", makeDefault: true });
    const again = await add(user, { key: "add" });
    expect(again).to.deep.include({ idempotentReplay: true });
    expect(again.paymentMethod).to.include({ id: first.paymentMethod!.id, isDefault: false });
    expect(await rejectionReason(add(user, { key: "add", token: "tok_slow" }))).to.equal(
      "IDEMPOTENCY_KEY_REUSED",
    );
    const reuse = environment.payments(user).setDefaultPaymentMethod({
      paymentMethodId: first.paymentMethod!.id,
      idempotencyKey: "add",
    });
    expect(await rejectionReason(reuse)).to.equal("IDEMPOTENCY_KEY_REUSED");
  });

  it("adds one payment method for concurrent requests with one key, on two replicas", async () => {
    const user = newUser();
    const calls = Array.from({ length: 20 }, (_, n) => add(user, { key: "once", replica: n % 2 }));
    const responses = await Promise.all(calls);
    expect(new Set(responses.map(({ paymentMethod }) => paymentMethod!.id)).size).to.equal(1);
    expect(responses.filter(({ idempotentReplay }) => !idempotentReplay)).to.have.length(1);
    expect(await list(user)).to.have.length(1);
  });

  it("rejects a service's key for a second user, even concurrently", async () => {
    const adding = [newUser(), newUser()].map((user) =>
      add(user, { key: "shared", caller: shop, role: "service" }),
    );
    const outcomes = await Promise.allSettled(adding);
    const rejected = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(rejected.map(({ reason }) => reasonOf(reason))).to.deep.equal(["IDEMPOTENCY_KEY_REUSED"]);
  });

  it("adds one payment method for one card, however often it is added", async () => {
    const user = newUser();
    const first = await added(user);
    await added(user, { token: "tok_slow" });
    const responses = await Promise.all(
      Array.from({ length: 10 }, (_, n) => added(user, { replica: n % 2, makeDefault: true })),
    );
    expect(new Set(responses.map(({ id }) => id))).to.deep.equal(new Set([first.id]));
    expect((await list(user)).map(({ isDefault }) => isDefault)).to.deep.equal([false, true]);
    expect((await added(newUser())).id).not.to.equal(first.id);
  });

  it("adds at most 20, even when more are added concurrently", async () => {
    const user = newUser();
    await environment.query(`
      INSERT INTO payment_method (user_id, id, brand, last4, exp_month, exp_year, is_default, key_id, nonce, encrypted_token,
        fingerprint, created_at)
      SELECT '${user}', gen_random_uuid(), 'visa', '4242', 12, 2034, n = 1, 'test', decode(repeat('00', 12), 'hex'), '',
        decode(lpad(n::text, 4, '0'), 'hex'), now() FROM generate_series(1, 18) n`);
    const tokens = ["tok_approve", "tok_slow", "tok_decline", "tok_decline_hard", "tok_refund_failed"];
    const outcomes = await Promise.allSettled(tokens.map((token, n) => add(user, { token, replica: n % 2 })));
    const rejected = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(rejected.map(({ reason }) => reasonOf(reason))).to.deep.equal(
      Array(3).fill("PAYMENT_METHOD_LIMIT_REACHED"),
    );
    expect(await list(user)).to.have.length(20);
  });

  it("rejects a token that the provider does not know, and an expired card", async () => {
    for (const token of ["tok_nobody_knows", "tok_decline_expired_card"]) {
      const error = await failureOf(add(newUser(), { token }));
      expect([error.code, reasonOf(error)]).to.deep.equal([
        Code.FailedPrecondition,
        "PAYMENT_METHOD_INVALID",
      ]);
    }
  });

  it("rejects while the provider is unreachable, and succeeds with the same key afterwards", async () => {
    const user = newUser();
    await environment.psp.disconnect();
    const error = await failureOf(add(user, { key: "later" }));
    expect(factsOf(error)).to.deep.equal({ reason: "UPSTREAM_UNAVAILABLE", metadata: { upstream: "psp" } });
    await environment.psp.reconnect();
    expect((await add(user, { key: "later" })).idempotentReplay).to.equal(false);
  });

  it("adds a service's payment method for the user it names, and rejects a service that names none", async () => {
    const user = newUser();
    const { paymentMethod } = await add(user, { caller: shop, role: "service" });
    expect(paymentMethod).to.include({ userId: user, isDefault: true });
    const unnamed = environment.payments(shop, "service").addPaymentMethod({
      paymentToken: "tok_approve",
      idempotencyKey: newId(),
    });
    expect(await rejectionReason(unnamed)).to.equal("INVALID_ARGUMENT");
  });

  it("limits rejected tokens of a user within an hour, against card testing", async () => {
    const limited = await startPaymentEnvironment({ env: { TILL_MAX_ATTEMPTS_PER_USER_HOUR: "6" } });
    try {
      const addAs = (user: string, paymentToken: string) =>
        limited.payments(user).addPaymentMethod({ paymentToken, idempotencyKey: newId() });
      const user = newUser();
      for (const token of ["tok_approve", "tok_slow", "tok_decline"]) await addAs(user, token);
      const tokens = Array.from({ length: 100 }, (_, n) => `tok_guess_${n}`);
      const reasons = await Promise.all(tokens.map((token) => rejectionReason(addAs(user, token))));
      expect(reasons.filter((reason) => reason === "PAYMENT_METHOD_INVALID")).to.have.length(6);
      expect(reasons.filter((reason) => reason === "RATE_LIMITED")).to.have.length(94);
      const error = await failureOf(addAs(user, "tok_approve"));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.ResourceExhausted, "RATE_LIMITED"]);
      expect((await addAs(newUser(), "tok_approve")).paymentMethod).to.include({ isDefault: true });
    } finally {
      await limited.stop();
    }
  });
});
