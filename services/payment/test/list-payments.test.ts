import { timestampFromDate, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { Payment } from "@till/gen/till/payment/v1/payment_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { failureOf } from "../../../test/support/failure-of.ts";
import { newUser, shop } from "../../../test/support/fixtures.ts";
import { paymentOperations } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("ListPayments", () => {
  let environment: PaymentEnvironment;
  const [mine, other] = [newUser(), newUser()];
  let failed: Payment;
  let taken: Payment;
  let refunded: Payment;
  let others: Payment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment();
    const orderId = await environment.placeOrder(mine);
    await failureOf(environment.pay(orderId, "tok_decline", { user: mine }));
    await environment.untilOrder(orderId, "PAYMENT_FAILED");
    taken = (await environment.pay(orderId, "tok_approve", { user: mine })).payment!;
    failed = (await environment.payments(mine).listPayments({ statuses: ["failed"] })).payments[0]!;
    others = await operations().charge("tok_approve", other);
    refunded = await operations().charge();
    await operations().refund(refunded.id, { amount: 9 });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);

  const ids = (list: { payments: readonly Payment[] }) => list.payments.map(({ id }) => id);
  const asShop = () => environment.payments(shop, "service");

  it("returns a user's own payments, newest first", async () => {
    for (const userId of ["", mine.toUpperCase()])
      expect(ids(await environment.payments(mine).listPayments({ userId }))).to.deep.equal([
        taken.id,
        failed.id,
      ]);
  });

  it("rejects a user who names another user", async () => {
    const error = await failureOf(environment.payments(mine).listPayments({ userId: other }));
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.PermissionDenied, "PERMISSION_DENIED"]);
    expect(ids(await environment.payments(mine).listPayments({ orderId: others.orderId }))).to.deep.equal([]);
  });

  it("returns every user's payments to services and admins, by order, user, status and time", async () => {
    expect(ids(await asShop().listPayments({}))).to.deep.equal([refunded.id, others.id, taken.id, failed.id]);
    expect(ids(await asShop().listPayments({ orderId: taken.orderId }))).to.deep.equal([taken.id, failed.id]);
    expect(ids(await asShop().listPayments({ userId: other }))).to.deep.equal([others.id]);
    expect(ids(await asShop().listPayments({ statuses: ["refunded", "FAILED"] }))).to.deep.equal([
      refunded.id,
      failed.id,
    ]);
    const at = timestampFromDate(new Date(timestampMs(others.createdAt!)));
    expect(ids(await asShop().listPayments({ createdAfter: at }))).to.deep.equal([refunded.id, others.id]);
    expect(ids(await asShop().listPayments({ createdBefore: at }))).to.deep.equal([taken.id, failed.id]);
    expect(ids(await asShop().listPayments({ statuses: ["voided"] }))).to.deep.equal([]);
  });

  it("finds a payment by its provider's id, and by the id of a refund", async () => {
    const [refund] = (await asShop().getPayment({ paymentId: refunded.id })).refunds;
    for (const reference of [refunded.transactionId, refund!.id, refund!.id.toUpperCase()])
      expect(ids(await asShop().listPayments({ reference })), reference).to.deep.equal([refunded.id]);
    for (const reference of ["ch_unknown", refunded.id, "' OR true --"])
      expect(ids(await asShop().listPayments({ reference })), reference).to.deep.equal([]);
    const { transactionId } = others;
    expect(ids(await environment.payments(mine).listPayments({ reference: transactionId }))).to.deep.equal(
      [],
    );
  });

  it("returns page after page, and rejects another list's page token", async () => {
    const pages: string[][] = [];
    let pageToken = "";
    do {
      const page = await asShop().listPayments({ pageSize: 3, pageToken });
      pages.push(ids(page));
      pageToken = page.nextPageToken;
      if (pageToken) {
        const error = await failureOf(asShop().listPayments({ userId: mine, pageToken }));
        expect(reasonOf(error)).to.equal("INVALID_ARGUMENT");
      }
    } while (pageToken);
    expect(pages).to.deep.equal([[refunded.id, others.id, taken.id], [failed.id]]);
  });

  it("names the invalid field", async () => {
    const error = await failureOf(asShop().listPayments({ statuses: ["failed", "' OR true --"] }));
    expect(error.rawMessage).to.include("statuses[1]");
    const never = asShop().listPayments({ createdAfter: { seconds: 10n ** 15n, nanos: 0 } });
    expect((await failureOf(never)).rawMessage).to.include("created_after");
  });
});
