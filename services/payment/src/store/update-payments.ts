import { query, type Db } from "@till/postgres/statements";
import { groupUpdates } from "@till/postgres/updates";
import { isChange, type Decision } from "../rules/decision.ts";
import { appError } from "../rules/errors.ts";
import type { Payment } from "../rules/payment.ts";
import { historyRows } from "./history-rows.ts";
import { operationRow } from "./operation-rows.ts";
import { toOutgoingEvent } from "./outgoing-events.ts";
import { operationsOf } from "./payment-reads.ts";
import { changedPaymentRow, paymentFromRow, type PaymentRow } from "./payment-rows.ts";
import { lockPayments, saveChanges, saveParams, selectApplied } from "./statements.ts";

/** The name under which the payment service consumes events. */
export const consumerGroup = "till-payment";

/** A decision with the trace of its request, which its events carry. */
type Traced = Decision & { readonly traceparent?: string | undefined };

/** Opens the changes of payments in batches: lock, decide, write. */
export function updatesOf(db: Pick<Db, "pool">, newId: () => string) {
  const outgoing = ({ events, traceparent }: Traced) =>
    events.map((event) => toOutgoingEvent(event, newId(), traceparent));

  return groupUpdates<Payment, Traced>(db, {
    async load(tx, ids) {
      const rows = await query<PaymentRow>(tx, lockPayments, [ids]);
      // Read after the lock, in a snapshot of its own: what others have committed meanwhile counts.
      const operations = await operationsOf(tx, rows);
      return new Map(rows.map((row) => [row.id, paymentFromRow(row, operations.get(row.id))]));
    },
    async applied(tx, eventIds) {
      const rows = await query<{ event_id: string }>(tx, selectApplied, [consumerGroup, eventIds]);
      return new Set(rows.map(({ event_id }) => event_id));
    },
    async save(tx, { states, decisions, eventIds }) {
      const operations = decisions.flatMap((decision) => decision.operations);
      const params = saveParams({
        states: states.map(changedPaymentRow),
        history: decisions.flatMap(({ history }) => historyRows(history)),
        // Changed twice in one batch, an operation is written once, as it is now.
        operations: [...new Map(operations.map((one) => [one.id, operationRow(one)])).values()],
        events: decisions.flatMap(outgoing),
        consumerGroup,
        eventIds,
      });
      await query(tx, saveChanges, params);
    },
    stateAfter: ({ payment }) => payment,
    changes: isChange,
    missing: (id) => appError("PAYMENT_NOT_FOUND", `no payment ${id}`),
  });
}
