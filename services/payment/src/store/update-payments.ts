import { query, retryConflicts, type Db } from "@till/postgres/statements";
import { groupUpdates, type Change } from "@till/postgres/updates";
import { isChange, type Decision } from "../rules/decision.ts";
import { appError, keyReused } from "../rules/errors.ts";
import type { Payment } from "../rules/payment.ts";
import { historyRows } from "./history-rows.ts";
import { operationRow } from "./operation-rows.ts";
import { toOutgoingEvent } from "./outgoing-events.ts";
import { paymentWithOperations, type WithOperations } from "./payment-reads.ts";
import { changedPaymentRow, type PaymentRow } from "./payment-rows.ts";
import { saveChanges, saveParams, selectToUpdate } from "./statements.ts";

/** The name under which the payment service consumes events. */
export const consumerGroup = "till-payment";

/** A decision with the trace of its request, which its events carry. */
type Traced = Decision & { readonly traceparent?: string | undefined };

/** Opens the changes of payments in batches: read, decide, write. */
export function updatesOf({ pool }: Pick<Db, "pool">, newId: () => string) {
  return groupUpdates<Payment, Traced>({
    async read(commands) {
      const rows = await query<FoundRow>(pool, selectToUpdate, [
        commands.map(({ id }) => id),
        commands.map(({ eventId }) => eventId ?? null),
        consumerGroup,
      ]);
      return rows.map((row) => {
        return { state: row.id === null ? undefined : paymentWithOperations(row), isApplied: row.is_applied };
      });
    },
    async save(changes, lockTimeoutMs = 0) {
      const params = paramsOf(changes, newId, lockTimeoutMs);
      const rows = await retryConflicts(() => query<{ id: string }>(pool, saveChanges, params));
      return new Set(rows.map(({ id }) => id));
    },
    isChange,
    stateAfter: ({ payment }) => payment,
    missing: (id) => appError("PAYMENT_NOT_FOUND", `no payment ${id}`),
    reused: keyReused,
    contended: (id) =>
      appError("REQUEST_IN_PROGRESS", `payment ${id} is changed by other requests, try again`, {
        retryAfterMs: 200,
      }),
  });
}

type Unknown = { readonly id: null };
type FoundRow = ((PaymentRow & WithOperations) | Unknown) & { readonly is_applied: boolean };

function paramsOf(
  changes: readonly Change<Payment, Traced>[],
  newId: () => string,
  lockTimeoutMs: number,
): ReturnType<typeof saveParams> {
  return saveParams({
    states: changes.map(({ before, decision, eventId }) => {
      return { ...changedPaymentRow(decision.payment), decided_on: before.version, event_id: eventId };
    }),
    history: changes.flatMap(({ decision }) => historyRows(decision.history)),
    operations: changes.flatMap(({ decision }) => operationRows(decision)),
    events: changes.flatMap(({ id: paymentId, decision: { events, traceparent } }) =>
      events.map((event) => ({ paymentId, event: toOutgoingEvent(event, newId(), traceparent) })),
    ),
    consumerGroup,
    lockTimeoutMs,
  });
}

/** Changed twice by one decision, an operation is written once, as it is after it. */
function operationRows({ operations }: Decision) {
  return [...new Map(operations.map((one) => [one.id, operationRow(one)])).values()];
}
