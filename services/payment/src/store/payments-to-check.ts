import { prepared, query, type Db } from "@till/postgres/statements";
import type { Payment } from "../rules/payment.ts";
import type { Scope } from "../rules/reconciliation.ts";
import { operationFromRow, type OperationRow } from "./operation-rows.ts";
import { selectOperations } from "./operation-statements.ts";
import { paymentFromRow, type PaymentRow } from "./payment-rows.ts";
import { queryWithTimeout } from "./query-with-timeout.ts";
import { paymentColumns } from "./statements.ts";

/** The largest page of the order service. */
const pageSize = 100;

/** Returns the payments of a reconciliation with their operations, a page at a time, in their present state. */
export async function* paymentsToCheck(
  db: Pick<Db, "pool">,
  { id, from, until }: Scope,
): AsyncGenerator<Payment[]> {
  await queryWithTimeout(db, notePayments, [id, from, until]);
  try {
    for (let after: string | null = null; ;) {
      const rows: PaymentRow[] = await query<PaymentRow>(db.pool, selectNoted, [id, after, pageSize]);
      if (rows.length > 0) yield await withOperations(db, rows);
      if (rows.length < pageSize) return;
      after = rows.at(-1)!.id;
    }
  } finally {
    await queryWithTimeout(db, forgetPayments, [id]);
  }
}

async function withOperations({ pool }: Pick<Db, "pool">, rows: readonly PaymentRow[]): Promise<Payment[]> {
  const owners = rows.map(({ user_id }) => user_id);
  const ids = rows.map(({ id }) => id);
  const operations = await query<OperationRow>(pool, selectOperations, [owners, ids]);
  const byPayment = Map.groupBy(operations.map(operationFromRow), ({ paymentId }) => paymentId);
  return rows.map((row) => paymentFromRow(row, byPayment.get(row.id)));
}

/** Ids are stored once: the index by time has no order to page by. */
const notePayments = prepared(
  "note_payments_to_check",
  `INSERT INTO reconciliation_payment (reconciliation_id, payment_id)
   SELECT $1, id FROM payment WHERE created_at >= $2 AND created_at < $3`,
);

const selectNoted = prepared(
  "select_payments_to_check",
  `SELECT ${paymentColumns}
     FROM (SELECT payment_id FROM reconciliation_payment
            WHERE reconciliation_id = $1 AND ($2::uuid IS NULL OR payment_id > $2) ORDER BY payment_id LIMIT $3) noted
     JOIN payment p ON p.id = noted.payment_id ORDER BY p.id`,
);

const forgetPayments = prepared(
  "forget_payments_to_check",
  `DELETE FROM reconciliation_payment WHERE reconciliation_id = $1`,
);
