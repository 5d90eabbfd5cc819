import { newId } from "@till/ids";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { newUser, shop } from "../../../test/support/fixtures.ts";
import { paymentOperations, summaryOf } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("person.erased", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment();
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);

  const secret = "Geheimnis";
  const admin = newUser();

  /** A user with a stored card, a declined and a captured payment, and a refund with a reason. */
  async function payAndRefund(user: string) {
    await environment
      .payments(user)
      .addPaymentMethod({ paymentToken: "tok_approve", idempotencyKey: newId() });
    const orderId = await environment.placeOrder(user);
    await failureOf(environment.pay(orderId, "tok_decline"));
    await environment.untilOrder(orderId, "PAYMENT_FAILED");
    const { payment } = await environment.pay(orderId);
    await operations().refund(payment!.id, { amount: 9, reason: secret });
    return payment!;
  }
  const erase = async (userId: string) => {
    await environment
      .orders(admin, "admin")
      .erasePerson({ userId, reason: "by letter", idempotencyKey: newId() });
    await eventually(async () => {
      const rows = await environment.query(
        `SELECT 1 FROM audit_entry WHERE action = 'PERSON_ERASED' AND user_id = $1`,
        [userId],
      );
      expect(rows).to.have.lengthOf(1);
    });
  };
  const rowsOf = (userId: string) =>
    environment.query(
      `SELECT to_jsonb(p)::text AS row FROM payment p WHERE user_id = $1
        UNION ALL SELECT to_jsonb(o)::text FROM operation o WHERE user_id = $1
        UNION ALL SELECT to_jsonb(e)::text FROM payment_event e WHERE user_id = $1
        UNION ALL SELECT to_jsonb(m)::text FROM payment_method m WHERE user_id = $1`,
      [userId],
    );

  it("erases texts, addresses and cards of a user's payments, and keeps money, states and times", async () => {
    const user = newUser();
    const { id } = await payAndRefund(user);
    const before = await operations().get(id);
    expect(JSON.stringify(await rowsOf(user)))
      .to.include(secret)
      .and.to.include("127.0.0.1");
    await erase(user);
    const rows = JSON.stringify(await rowsOf(user));
    expect(rows).not.to.include(secret);
    expect(rows).not.to.include("127.0.0.1");
    expect(rows).not.to.match(/4242|visa/i);
    const after = await operations().get(id);
    expect(summaryOf(after.payment)).to.deep.equal(summaryOf(before.payment));
    expect(after.payment!.processedAt).to.deep.equal(before.payment!.processedAt);
    expect(after.payment!.card).to.equal(undefined);
    expect(after.refunds[0]!.reason).to.equal("[erased]");
    expect((await environment.payments(user).listPaymentMethods({})).paymentMethods).to.deep.equal([]);
    const { events } = await environment.payments(shop, "admin").listPaymentEvents({ paymentId: id });
    expect(events.map(({ type }) => type)).to.include("REFUND_SUCCEEDED");
  });

  it("leaves other users' payments alone, and the audit log as it is", async () => {
    const [user, other] = [newUser(), newUser()];
    await payAndRefund(user);
    await payAndRefund(other);
    const before = await rowsOf(other);
    await erase(user);
    expect(await rowsOf(other)).to.have.deep.members(before);
    await eventually(async () => {
      const { intact } = await environment.payments(admin, "admin").verifyAudit({});
      expect(intact).to.equal(true);
    });
  });

  it("opens the history to nothing else", async () => {
    const user = newUser();
    await payAndRefund(user);
    const change = environment.query(
      `DO $$ BEGIN PERFORM set_config('till.erasure', 'on', true); UPDATE payment_event SET actor = 'x'; END $$`,
    );
    expect(await change.then(String, String)).to.include("only ever added to");
    const plain = environment.query(`UPDATE payment_event SET reason = 'x'`);
    expect(await plain.then(String, String)).to.include("only ever added to");
  });
});
