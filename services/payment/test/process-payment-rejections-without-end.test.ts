import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { eventually } from "../../../test/support/eventually.ts";
import { rejectionOf } from "../../../test/support/failure-of.ts";
import { courseLine, eur, newCourse, newUser } from "../../../test/support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

/** So many are written of a user within an hour, which its orders rejected. */
const many = 20;

describe("ProcessPayment, of a user whose orders reject payments without end,", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    const redisUrl = process.env.TILL_TEST_REDIS_URL;
    if (!process.env.TILL_TEST_POSTGRES_URL || !redisUrl) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2, env: { REDIS_URL: redisUrl } });
  });
  after(() => environment?.stop());

  const writtenOf = async (user: string) =>
    Number((await environment.query(`SELECT count(*) AS n FROM payment WHERE user_id = $1`, [user]))[0]?.n);

  /** An order of EUR 49.00 of the user, and each way to have a payment rejected, with the reason. */
  async function ordersOf(user: string) {
    const [own, foreign] = [await environment.placeOrder(user), await environment.placeOrder()];
    const items = [courseLine(newCourse())];
    const created = await environment.orders(user).createOrder({ items, idempotencyKey: newId() });
    const paid = created.order!.id;
    await environment.pay(paid, "tok_approve", { user, amount: eur(10) });
    const ways = [
      { orderId: () => newId(), reason: "ORDER_NOT_FOUND" },
      { orderId: () => foreign, reason: "ORDER_NOT_FOUND" },
      { orderId: () => own, amount: eur(48), reason: "AMOUNT_MISMATCH" },
      { orderId: () => own, amount: { ...eur(49), currencyCode: "USD" }, reason: "CURRENCY_MISMATCH" },
      { orderId: () => paid, amount: eur(10), reason: "ORDER_NOT_PAYABLE" },
    ];
    return { own, ways };
  }

  const reject = (user: string, orderId: string, options: object = {}) =>
    rejectionOf(environment.pay(orderId, "tok_approve", { user, ...options }));

  it("writes the first twenty alone, and goes on to say why each is rejected", async () => {
    const user = newUser();
    const { own, ways } = await ordersOf(user);
    const before = await writtenOf(user);
    for (let n = 0; n < 2 * many; n += 1) {
      const { orderId, reason, ...options } = ways[n % ways.length]!;
      expect((await reject(user, orderId(), options)).reason).to.equal(reason);
    }
    expect((await writtenOf(user)) - before).to.equal(many);

    const key = newId();
    for (const { orderId, reason, ...options } of ways) {
      const rejection = await reject(user, orderId(), { ...options, key });
      expect(rejection.reason).to.equal(reason);
      if (reason === "AMOUNT_MISMATCH")
        expect(rejection.metadata).to.deep.equal({ expected: "49.00", got: "48.00" });
    }
    expect((await writtenOf(user)) - before).to.equal(many);

    const paid = await environment.pay(own, "tok_approve", { user, key });
    expect([paid.payment!.status, paid.idempotentReplay]).to.deep.equal([PaymentStatus.PROCESSED, false]);
    const again = await environment.pay(own, "tok_approve", { user, key });
    expect([again.payment!.id, again.idempotentReplay]).to.deep.equal([paid.payment!.id, true]);
  });

  it("writes no more of them where they come at once", async () => {
    const user = newUser();
    const foreign = await environment.placeOrder();
    const attempts = Array.from({ length: 100 }, (_, n) => reject(user, n % 10 === 0 ? foreign : newId()));
    const reasons = (await Promise.all(attempts)).map(({ reason }) => reason);
    expect(new Set(reasons)).to.deep.equal(new Set(["ORDER_NOT_FOUND"]));
    expect(await writtenOf(user)).to.equal(many);
  });

  it("tells its other replicas", async () => {
    const user = newUser();
    const attempt = async (replica: number) => {
      const before = await writtenOf(user);
      expect((await reject(user, newId(), { replica })).reason).to.equal("ORDER_NOT_FOUND");
      return (await writtenOf(user)) > before;
    };
    while (await attempt(0));
    await eventually(async () => !(await attempt(1)));
    // The first ones there are written until the process has counted one in the rate store.
    expect(await writtenOf(user)).to.be.within(many + 1, 2 * many - 1);
  });
});
