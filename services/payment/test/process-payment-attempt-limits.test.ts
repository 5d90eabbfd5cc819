import { Code, type ConnectError } from "@connectrpc/connect";
import { expect } from "chai";
import { RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { failureOf } from "../../../test/support/failure-of.ts";
import { courseLine, eur, newCourse, newUser, shop } from "../../../test/support/fixtures.ts";
import { byPaymentMethod } from "./support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("ProcessPayment limits attempts, against card testing", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    const env = { TILL_MAX_ATTEMPTS_PER_USER_HOUR: "6", TILL_MAX_ATTEMPTS_PER_CARD_HOUR: "4" };
    environment = await startPaymentEnvironment({ replicas: 2, env });
  });
  after(() => environment?.stop());
  const amount = eur(10);
  /** Places an order of EUR 10.00. */
  const place = async (user: string) => {
    const items = [courseLine(newCourse())];
    return (await environment.orders(user).createOrder({ items, idempotencyKey: newId() })).order!.id;
  };
  /** An attempt that is declined, for an order of its own. */
  const attempt = async (user: string, token = "tok_decline", replica = 0, key = newId()) =>
    failureOf(environment.pay(await place(user), token, { user, replica, key, amount }));
  async function attempts(count: number, user: string, token?: string): Promise<string[]> {
    const all = Array.from({ length: count }, (_, n) => attempt(user, token, n % 2));
    return (await Promise.all(all)).map((error) => reasonOf(error) ?? "");
  }
  const limited = (reasons: readonly string[]) =>
    reasons.filter((reason) => reason === "RATE_LIMITED").length;
  const retryAfterSeconds = (error: ConnectError) =>
    Number(error.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds);

  it("to four an hour for one card of a user, under concurrent calls on two replicas", async () => {
    const user = newUser();
    expect(limited(await attempts(16, user))).to.equal(12);
    const error = await attempt(user);
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.ResourceExhausted, "RATE_LIMITED"]);
    expect(retryAfterSeconds(error)).to.be.within(3500, 3600);
    const [row] = await environment.query(
      "SELECT count(*)::integer AS payments FROM payment WHERE user_id = $1",
      [user],
    );
    expect(row).to.deep.equal({ payments: 4 });
  });

  it("to six an hour for all cards of a user", async () => {
    const user = newUser();
    expect(limited(await attempts(3, user, "tok_decline_do_not_honor"))).to.equal(0);
    expect(limited(await attempts(5, user, "tok_decline"))).to.equal(2);
  });

  it("for each user, even when all use one token", async () => {
    const reasons = await Promise.all(Array.from({ length: 30 }, () => attempt(newUser())));
    expect(limited(reasons.map((error) => reasonOf(error) ?? ""))).to.equal(0);
  });

  it("and counts a decline, but no repeat of its key", async () => {
    const user = newUser();
    const orderId = await place(user);
    const pay = (key: string) => environment.pay(orderId, "tok_decline", { user, key, amount });
    for (let n = 0; n < 10; n += 1)
      expect(reasonOf(await failureOf(pay("one")))).to.equal("PAYMENT_DECLINED");
    expect(limited(await attempts(4, user, "tok_decline"))).to.equal(1);
    expect(reasonOf(await failureOf(pay("one")))).to.equal("PAYMENT_DECLINED");
  });

  it("and counts no paid attempt, nor one that never reached the provider", async () => {
    const user = newUser();
    for (let n = 0; n < 8; n += 1) {
      const paid = await environment.pay(await place(user), "tok_approve", { user, amount });
      expect(paid.payment?.transactionId).to.match(/^ch_/);
      expect(reasonOf(await failureOf(environment.pay(newId(), "tok_approve", { user, amount })))).to.equal(
        "ORDER_NOT_FOUND",
      );
    }
  });

  it("and counts no attempt that another payment of the order blocks", async () => {
    const user = newUser();
    const orderId = await place(user);
    await environment.authorize(orderId, "tok_approve", { user, amount });
    const pay = (n: number) => environment.pay(orderId, "tok_approve", { user, amount, replica: n % 2 });
    const reasons: unknown[] = [];
    for (let n = 0; n < 20; n += 1) reasons.push(reasonOf(await failureOf(pay(n))));
    const atOnce = Array.from({ length: 40 }, (_, n) => failureOf(pay(n)).then(reasonOf));
    reasons.push(...(await Promise.all(atOnce)));
    expect([...new Set(reasons)]).to.deep.equal(["PAYMENT_IN_PROGRESS"]);
    await environment.pay(await place(user), "tok_approve", { user, amount });
    expect(limited(await attempts(1, user))).to.equal(0);
  });

  it("and counts no loser of a race for one order", async () => {
    const user = newUser();
    const orderId = await place(user);
    const race = Array.from({ length: 50 }, (_, n) =>
      environment.pay(orderId, "tok_slow", { user, amount, replica: n % 2 }),
    );
    const calls = await Promise.allSettled(race);
    const lost = calls.flatMap((call) => (call.status === "rejected" ? [reasonOf(call.reason)] : []));
    expect(lost).to.have.length(49);
    // One that comes after the winner's commit finds the order paid, or about to be.
    for (const reason of lost) expect(reason).to.be.oneOf(["PAYMENT_IN_PROGRESS", "ORDER_NOT_PAYABLE"]);
    expect(limited(await attempts(1, user))).to.equal(0);
  });

  it("and counts a payment method with its token, for services that pay for a user as well", async () => {
    const user = newUser();
    const request = { paymentToken: "tok_decline", idempotencyKey: newId() };
    const { paymentMethod } = await environment.payments(user).addPaymentMethod(request);
    await attempts(3, user);
    const method = byPaymentMethod(paymentMethod!.id);
    const hold = async (client: ReturnType<typeof environment.payments>) =>
      client.authorizePayment({ orderId: await place(user), amount, method, idempotencyKey: newId() });
    expect(reasonOf(await failureOf(hold(environment.payments(user))))).to.equal("PAYMENT_DECLINED");
    const asService = environment.payments(shop, "service");
    expect(reasonOf(await failureOf(hold(asService)))).to.equal("RATE_LIMITED");
  });

  it("and counts a confirmation that the payer declines, but none that the payer approves", async () => {
    const confirm = async (user: string, result: "approve" | "decline") => {
      const [orderId, key] = [await place(user), newId()];
      const pay = () => environment.pay(orderId, "tok_requires_action", { user, amount, key });
      const { payment } = await pay();
      await fetch(`${payment!.actionUrl}?result=${result}`, { method: "POST" });
      return pay();
    };
    const [honest, tester] = [newUser(), newUser()];
    for (let n = 0; n < 5; n += 1) {
      await confirm(honest, "approve");
    }
    for (let n = 0; n < 4; n += 1)
      expect(reasonOf(await failureOf(confirm(tester, "decline")))).to.equal("PAYMENT_DECLINED");
    expect(reasonOf(await failureOf(confirm(tester, "approve")))).to.equal("RATE_LIMITED");
  });

  it("for an hour, and forgets older attempts", async () => {
    const user = newUser();
    await attempts(4, user);
    await environment.query(
      `UPDATE payment SET created_at = created_at - interval '1 hour' WHERE user_id = $1`,
      [user],
    );
    expect(limited(await attempts(5, user))).to.equal(1);
  });
});
