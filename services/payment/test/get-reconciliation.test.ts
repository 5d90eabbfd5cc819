import { Code } from "@connectrpc/connect";
import { ReconciliationStatus } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { failureOf } from "../../../test/support/failure-of.ts";
import { shop } from "../../../test/support/fixtures.ts";
import { shortProviderTimeout, withoutRecovery } from "./support/fixtures.ts";
import { paymentOperations, refundAtProvider } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";
import { inShort, reconciliationActions } from "./support/reconciliations.ts";

describe("GetReconciliation", () => {
  let environment: PaymentEnvironment;
  let actions: ReturnType<typeof reconciliationActions>;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ env: { ...withoutRecovery, ...shortProviderTimeout } });
    actions = reconciliationActions(environment);
  });
  afterEach(() => environment?.stop());
  const admin = () => environment.payments(shop, "admin");

  it("returns a reconciliation while it runs, and its mismatches and problem when it has ended", async () => {
    const releaseLedger = actions.holdLedger();
    const { id } = await actions.start();
    const { reconciliation: running } = await admin().getReconciliation({ reconciliationId: id });
    expect([running!.status, running!.finishedAt]).to.deep.equal([ReconciliationStatus.RUNNING, undefined]);
    releaseLedger();
    const { status, finishedAt } = await actions.finished(id);
    expect([status, finishedAt === undefined]).to.deep.equal([ReconciliationStatus.CLEAN, false]);

    environment.psp.intercept(undefined);
    const { id: paymentId } = await paymentOperations(environment).charge();
    await refundAtProvider(environment, paymentId, 900);
    const mismatched = { matched: 0, mismatched: 1, found: { [paymentId]: "MISSING_INTERNAL" } };
    expect(inShort(await actions.reconcile())).to.deep.equal({ status: "MISMATCHED", ...mismatched });
  });

  it("returns FAILED when the process of the reconciliation has ended", async () => {
    const dead = newId();
    await environment.query(
      `INSERT INTO reconciliation (id, from_at, until_at, repairs, status, lease_expires_at, started_at)
       VALUES ($1, now() - interval '1 day', now(), false, 'RUNNING', now() - interval '1 second', now())`,
      [dead],
    );
    const { status, problem } = await actions.finished(dead);
    expect([status, problem]).to.deep.equal([ReconciliationStatus.FAILED, "it was interrupted"]);
  });

  it("rejects other roles and an unknown id", async () => {
    const reconciliationId = newId();
    const asService = environment.payments(shop, "service").getReconciliation({ reconciliationId });
    expect((await failureOf(asService)).code).to.equal(Code.PermissionDenied);
    const unknown = await failureOf(admin().getReconciliation({ reconciliationId }));
    expect([unknown.code, reasonOf(unknown)]).to.deep.equal([Code.NotFound, "RECONCILIATION_NOT_FOUND"]);
  });
});
