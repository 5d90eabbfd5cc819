import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  MismatchKind,
  ReconciliationStatus,
  type Reconciliation,
} from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { shop } from "../../../../test/support/fixtures.ts";
import type { PaymentEnvironment } from "./payment-service.ts";
import { json } from "./psp-proxy.ts";

/** What tests of reconciliations do and read. The range begins a second before the environment's first payment. */
export function reconciliationActions(environment: PaymentEnvironment) {
  const from = new Date(Date.now() - 1_000);
  const admin = () => environment.payments(shop, "admin");
  const range = () => ({
    createdAfter: timestampFromDate(from),
    createdBefore: timestampFromDate(new Date(Date.now() + 60_000)),
  });

  async function start(repair = false): Promise<Reconciliation> {
    const started = await admin().startReconciliation({ ...range(), repair, idempotencyKey: newId() });
    return started.reconciliation!;
  }

  /** Waits for a reconciliation's end. */
  function finished(reconciliationId: string): Promise<Reconciliation> {
    return eventually(async () => {
      const { reconciliation } = await admin().getReconciliation({ reconciliationId });
      expect(reconciliation!.status).to.not.equal(ReconciliationStatus.RUNNING);
      return reconciliation!;
    });
  }

  return {
    range,
    finished,
    start,
    /** Starts a reconciliation and waits for its end. */
    reconcile: async (repair = false) => finished((await start(repair)).id),
    /** Holds the provider's ledger back; the result releases it, empty. */
    holdLedger: (): (() => void) => {
      const ledger = Promise.withResolvers<void>();
      environment.psp.intercept((request, response) => {
        if (!request.url?.startsWith("/ledger")) return false;
        void ledger.promise.then(() => json(response, 200, { entries: [] }));
        return true;
      });
      return ledger.resolve;
    },
  };
}

/** A run in short: its status, its counts, and each mismatch as `kind [repaired]`, by payment or order. */
export function inShort({ status, matched, mismatched, mismatches }: Reconciliation) {
  const found: Record<string, string> = {};
  for (const { paymentId, orderId, kind, repaired } of mismatches)
    found[paymentId || orderId] = MismatchKind[kind] + (repaired ? " repaired" : "");
  return { status: ReconciliationStatus[status], matched, mismatched, found };
}
