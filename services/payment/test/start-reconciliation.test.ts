import { Code } from "@connectrpc/connect";
import { MismatchKind, ReconciliationStatus } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { newUser, shop } from "../../../test/support/fixtures.ts";
import { shortProviderTimeout, withoutRecovery } from "./support/fixtures.ts";
import { paymentOperations, refundAtProvider } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";
import { json } from "./support/psp-proxy.ts";
import { inShort, reconciliationActions } from "./support/reconciliations.ts";

/** The recovery worker leaves every payment to the reconciliation. */
const patient = { ...withoutRecovery, ...shortProviderTimeout };

describe("StartReconciliation", () => {
  let environment: PaymentEnvironment;
  let actions: ReturnType<typeof reconciliationActions>;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ env: patient });
    actions = reconciliationActions(environment);
  });
  afterEach(() => environment?.stop());
  const operations = () => paymentOperations(environment);

  const admin = () => environment.payments(shop, "admin");

  /** Has the provider take money that Till knows nothing of. */
  async function chargeUnknown(orderId: string): Promise<string> {
    const paymentId = newId();
    const body = {
      payment_id: paymentId,
      order_id: orderId,
      amount: 4900,
      currency: "EUR",
      token: "tok_approve",
    };
    const headers = { "content-type": "application/json", "idempotency-key": paymentId };
    const request = { method: "POST", headers, body: JSON.stringify({ ...body, capture: true }) };
    expect((await fetch(`${environment.psp.url}/payments`, request)).status).to.equal(200);
    return paymentId;
  }

  it("finds no mismatch after ordinary payments", async () => {
    await operations().charge();
    await failureOf(operations().charge("tok_decline"));
    const refunded = await operations().charge();
    await operations().refund(refunded.id, { amount: 9 });
    await operations().refund(refunded.id, { amount: 40 });
    await operations().authorize();
    await operations().void((await operations().authorize()).id);
    const partly = await operations().authorize();
    await operations().capture(partly.id, { amount: 20 });
    await operations().capture(partly.id, { amount: 9.5 });
    await operations().void(partly.id);
    await operations().capture((await operations().authorize()).id, { amount: 20 });
    const clean = { status: "CLEAN", matched: 7, mismatched: 0, found: {} };
    expect(inShort(await actions.reconcile())).to.deep.equal(clean);
    // After a while the orders must agree as well: those paid in part only wait until they expire.
    await environment.query(`UPDATE payment SET updated_at = updated_at - interval '1 hour'`);
    await eventually(async () => expect(inShort(await actions.reconcile())).to.deep.equal(clean));
  });

  it("repairs what the provider knows and Till does not, and then finds nothing", async () => {
    await failureOf(operations().charge("tok_timeout_after_charge"));
    const pending = await operations().charge("tok_refund_timeout");
    await failureOf(operations().refund(pending.id, { amount: 9 }));
    const byHand = await operations().charge();
    await refundAtProvider(environment, byHand.id, 900);
    const [unknown] = (await admin().listPayments({ statuses: ["unknown"] })).payments;

    const seen = {
      [unknown!.id]: "WRONG_STATE",
      [pending.id]: "WRONG_STATE",
      [byHand.id]: "MISSING_INTERNAL",
    };
    expect(inShort(await actions.reconcile())).to.deep.equal({
      status: "MISMATCHED",
      matched: 0,
      mismatched: 3,
      found: seen,
    });
    const repaired = Object.fromEntries(Object.entries(seen).map(([id, kind]) => [id, `${kind} repaired`]));
    expect(inShort(await actions.reconcile(true))).to.deep.equal({
      status: "CLEAN",
      matched: 3,
      mismatched: 0,
      found: repaired,
    });
    expect(inShort(await actions.reconcile(true))).to.deep.equal({
      status: "CLEAN",
      matched: 3,
      mismatched: 0,
      found: {},
    });
    await environment.untilOrder(unknown!.orderId, "PAID");
    const { events } = await admin().listPaymentEvents({ paymentId: unknown!.id });
    expect(events.at(-1)?.actor).to.equal("reconciliation");
  });

  it("finds each kind of mismatch, and repairs none that it cannot decide", async () => {
    const [amount, missing, state, paid] = [
      await operations().charge(),
      await operations().authorize(),
      await operations().charge(),
      await operations().charge(),
    ];
    const unpaidOrder = await environment.placeOrder(newUser());
    await environment.query(`UPDATE payment SET captured_minor = 4000 WHERE id = $1`, [amount.id]);
    const invented = newId();
    await environment.query(
      `INSERT INTO payment (id, user_id, order_id, status, currency, amount_minor, authorized_minor, method,
         transaction_id, check_at, version, created_at, updated_at, capture_method)
       SELECT $2, $3, $4, 'AUTHORIZED', currency, amount_minor, authorized_minor, method, 'ch_invented', check_at, 1,
         created_at, updated_at, 'manual' FROM payment WHERE id = $1`,
      [missing.id, invented, newUser(), newId()],
    );
    await environment.query(
      `UPDATE payment SET order_id = $2, updated_at = updated_at - interval '1 hour' WHERE id = $1`,
      [state.id, unpaidOrder],
    );
    await chargeUnknown(paid.orderId);
    const strange = newId();
    await chargeUnknown(strange);

    for (const repair of [false, true]) {
      const { status, matched, mismatched, mismatches } = await actions.reconcile(repair);
      expect([ReconciliationStatus[status], matched, mismatched]).to.deep.equal(["MISMATCHED", 2, 6]);
      const kinds = mismatches.map(({ kind, paymentId, orderId }) => [
        MismatchKind[kind],
        paymentId || orderId,
      ]);
      expect(kinds).to.have.deep.members([
        ["AMOUNT", amount.id],
        ["MISSING_EXTERNAL", invented],
        ["WRONG_STATE", state.id],
        ["MISSING_INTERNAL", paid.orderId],
        ["MISSING_INTERNAL", strange],
        ["DUPLICATE", mismatches.find(({ kind }) => kind === MismatchKind.DUPLICATE)!.paymentId],
      ]);
      expect(mismatches.find(({ kind }) => kind === MismatchKind.DUPLICATE)).to.include({
        orderId: paid.orderId,
      });
      expect(mismatches.find(({ kind }) => kind === MismatchKind.AMOUNT)).to.include({
        internal: "PROCESSED, 40.00 EUR captured",
        external: "49.00 EUR captured",
      });
    }
  });

  it("starts once for each key, and once at a time for each range", async () => {
    const releaseLedger = actions.holdLedger();
    const request = { ...actions.range(), idempotencyKey: newId() };
    const first = (await admin().startReconciliation(request)).reconciliation!;
    const again = (await admin().startReconciliation(request)).reconciliation!;
    expect(again).to.deep.equal(first);
    const other = await failureOf(admin().startReconciliation({ ...request, repair: true }));
    expect(reasonOf(other)).to.equal("IDEMPOTENCY_KEY_REUSED");
    const second = await failureOf(admin().startReconciliation({ ...request, idempotencyKey: newId() }));
    expect([second.code, reasonOf(second)]).to.deep.equal([Code.Aborted, "REQUEST_IN_PROGRESS"]);
    releaseLedger();
    expect((await actions.finished(first.id)).status).to.equal(ReconciliationStatus.CLEAN);
  });

  it("fails when the ledger cannot be read", async () => {
    environment.psp.intercept((request, response) => {
      if (request.url?.startsWith("/ledger")) json(response, 503, {});
      return request.url?.startsWith("/ledger") === true;
    });
    const unread = await actions.reconcile();
    expect(unread.status).to.equal(ReconciliationStatus.FAILED);
    expect(unread.problem).to.match(/^the provider's ledger cannot be read/);
  });

  it("rejects other roles, an invalid range and a missing key", async () => {
    const service = environment.payments(shop, "service");
    expect((await failureOf(service.startReconciliation({ idempotencyKey: newId() }))).code).to.equal(
      Code.PermissionDenied,
    );
    const { createdAfter: createdBefore, createdBefore: createdAfter } = actions.range();
    const request = { createdAfter, createdBefore, idempotencyKey: newId() };
    const backwards = admin().startReconciliation(request);
    expect(reasonOf(await failureOf(backwards))).to.equal("INVALID_ARGUMENT");
    expect(reasonOf(await failureOf(admin().startReconciliation({})))).to.equal("IDEMPOTENCY_KEY_REQUIRED");
  });
});
