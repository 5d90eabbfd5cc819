import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import type { Role } from "@till/rpc/server";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { newUser, shop } from "../../../test/support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("AddPaymentMethod", () => {
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
  async function list(userId: string) {
    const { paymentMethods } = await environment.payments(userId).listPaymentMethods({});
    return paymentMethods;
  }
  async function added(userId: string, wish?: Wish) {
    const { paymentMethod } = await add(userId, wish);
    return paymentMethod!;
  }
  const refusalOf = async (call: Promise<unknown>) => reasonOf(await failureOf(call));

  it("are stored by the provider's token, and show what the provider says of the card", async () => {
    const user = newUser();
    const first = await added(user);
    expect(first).to.deep.include({ userId: user, isDefault: true });
    expect(first.card).to.include({ brand: "visa", last4: "4242", expMonth: 12, expYear: 2034 });
    const second = await added(user, { token: "tok_slow" });
    expect(second.isDefault).to.equal(false);
    expect((await list(user)).map(({ id }) => id)).to.deep.equal([second.id, first.id]);
  });

  it("need an idempotency key, and answer a repeat with the card as it stands", async () => {
    const user = newUser();
    expect(await refusalOf(add(user, { key: "" }))).to.equal("IDEMPOTENCY_KEY_REQUIRED");
    const first = await add(user, { key: "add" });
    await added(user, { token: "tok_slow", makeDefault: true });
    const again = await add(user, { key: "add" });
    expect(again).to.deep.include({ idempotentReplay: true });
    expect(again.paymentMethod).to.include({ id: first.paymentMethod!.id, isDefault: false });
    expect(await refusalOf(add(user, { key: "add", token: "tok_slow" }))).to.equal("IDEMPOTENCY_KEY_REUSED");
    const reuse = environment.payments(user).setDefaultPaymentMethod({
      paymentMethodId: first.paymentMethod!.id,
      idempotencyKey: "add",
    });
    expect(await refusalOf(reuse)).to.equal("IDEMPOTENCY_KEY_REUSED");
  });

  it("are added once however many ask at once with one key, on two replicas", async () => {
    const user = newUser();
    const calls = Array.from({ length: 20 }, (_, n) => add(user, { key: "once", replica: n % 2 }));
    const answers = await Promise.all(calls);
    expect(new Set(answers.map(({ paymentMethod }) => paymentMethod!.id)).size).to.equal(1);
    expect(answers.filter(({ idempotentReplay }) => !idempotentReplay)).to.have.length(1);
    expect(await list(user)).to.have.length(1);
  });

  it("keep a service's key to one user, also when it names two at once", async () => {
    const adding = [newUser(), newUser()].map((user) =>
      add(user, { key: "shared", caller: shop, role: "service" }),
    );
    const outcomes = await Promise.allSettled(adding);
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused.map(({ reason }) => reasonOf(reason))).to.deep.equal(["IDEMPOTENCY_KEY_REUSED"]);
  });

  it("are one for one card, however often it is added", async () => {
    const user = newUser();
    const first = await added(user);
    await added(user, { token: "tok_slow" });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => added(user, { replica: n % 2, makeDefault: true })),
    );
    expect(new Set(answers.map(({ id }) => id))).to.deep.equal(new Set([first.id]));
    expect((await list(user)).map(({ isDefault }) => isDefault)).to.deep.equal([false, true]);
    expect((await added(newUser())).id).not.to.equal(first.id);
  });

  it("are at most 20, also when more are added at once", async () => {
    const user = newUser();
    await environment.query(`
      INSERT INTO payment_method (user_id, id, brand, last4, exp_month, exp_year, is_default, key_id, nonce, sealed,
        fingerprint, created_at)
      SELECT '${user}', gen_random_uuid(), 'visa', '4242', 12, 2034, n = 1, 'test', decode(repeat('00', 12), 'hex'), '',
        decode(lpad(n::text, 4, '0'), 'hex'), now() FROM generate_series(1, 18) n`);
    const tokens = ["tok_approve", "tok_slow", "tok_decline", "tok_decline_hard", "tok_refund_failed"];
    const outcomes = await Promise.allSettled(tokens.map((token, n) => add(user, { token, replica: n % 2 })));
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused.map(({ reason }) => reasonOf(reason))).to.deep.equal(
      Array(3).fill("PAYMENT_METHOD_LIMIT_REACHED"),
    );
    expect(await list(user)).to.have.length(20);
  });

  it("are refused where the provider does not know the token, and where the card has expired", async () => {
    for (const token of ["tok_nobody_knows", "tok_decline_expired_card"]) {
      const error = await failureOf(add(newUser(), { token }));
      expect([error.code, reasonOf(error)]).to.deep.equal([
        Code.FailedPrecondition,
        "PAYMENT_METHOD_INVALID",
      ]);
    }
  });

  it("cannot be added while the provider is away, and can with the same key afterwards", async () => {
    const user = newUser();
    await environment.psp.disconnect();
    const error = await failureOf(add(user, { key: "later" }));
    expect(factsOf(error)).to.deep.equal({ reason: "UPSTREAM_UNAVAILABLE", metadata: { upstream: "psp" } });
    await environment.psp.reconnect();
    expect((await add(user, { key: "later" })).idempotentReplay).to.equal(false);
  });

  it("can be added by a service for a user it names, and by no service without", async () => {
    const user = newUser();
    const { paymentMethod } = await add(user, { caller: shop, role: "service" });
    expect(paymentMethod).to.include({ userId: user, isDefault: true });
    const unnamed = environment.payments(shop, "service").addPaymentMethod({
      paymentToken: "tok_approve",
      idempotencyKey: newId(),
    });
    expect(await refusalOf(unnamed)).to.equal("INVALID_ARGUMENT");
  });
});
