import { prepared, query, type Db } from "@till/postgres/statements";
import type { Payment, PaymentStatus } from "../rules/payment.ts";
import { historyColumns, type HistoryRow } from "./history-rows.ts";
import { paymentFromRow, type PaymentRow } from "./payment-rows.ts";
import { paymentColumns, wasAdmitted } from "./statements.ts";

/** Reads of many rows, for RPCs that change nothing. */
export type PaymentQueries = {
  /** Payments with smaller ids than `beforeId`, newest first, at most `limit`; without their operations. */
  list(filters: PaymentFilters, beforeId: string | undefined, limit: number): Promise<Payment[]>;
  /** A part of a payment's history, oldest first. */
  history(
    payment: Pick<Payment, "id" | "userId">,
    part: { readonly offset: number; readonly limit: number },
  ): Promise<HistoryRow[]>;
};

/** A filter that is undefined, or an empty list of statuses, does not narrow. Times are ISO 8601. */
export type PaymentFilters = {
  readonly orderId: string | undefined;
  /** The provider's id of the charge, or our id of a refund. */
  readonly reference: string | undefined;
  readonly userId: string | undefined;
  readonly statuses: readonly PaymentStatus[];
  readonly createdAfter: string | undefined;
  readonly createdBefore: string | undefined;
};

/** Opens the queries. */
export function paymentQueries({ pool }: Pick<Db, "pool">): PaymentQueries {
  return {
    async list(filters, beforeId, limit) {
      const { text, params } = listStatement(filters, beforeId, limit);
      const { rows } = await pool.query<PaymentRow>(text, params);
      return rows.map((row) => paymentFromRow(row));
    },
    history: ({ id, userId }, { offset, limit }) =>
      query<HistoryRow>(pool, selectHistory, [userId, id, offset, limit]),
  };
}

const selectHistory = prepared(
  "select_history",
  `SELECT ${historyColumns} FROM payment_event h WHERE h.user_id = $1 AND h.payment_id = $2
    ORDER BY h.version, h.position OFFSET $3 LIMIT $4`,
);

/** The text has only the filters that are set, so that each shape is planned by itself, with the index made for it. */
function listStatement(filters: PaymentFilters, beforeId: string | undefined, limit: number) {
  const params: unknown[] = [limit];
  const where = (condition: string, value: string | undefined) => {
    if (value === undefined) return [];
    params.push(value);
    return [`${condition} $${params.length}`];
  };
  const { statuses } = filters;
  const conditions = [
    wasAdmitted,
    ...where("p.order_id =", filters.orderId),
    ...where("p.user_id =", filters.userId),
    ...(filters.reference === undefined ? [] : [byReference(filters.reference, params)]),
    // Our own constants, in the text itself: the partial index by status names its statuses.
    ...(statuses.length > 0 ? [`p.status IN (${statuses.map((status) => `'${status}'`).join(", ")})`] : []),
    ...where("p.created_at >=", filters.createdAfter),
    ...where("p.created_at <", filters.createdBefore),
    ...where("p.id <", beforeId),
  ];
  const condition = conditions.join(" AND ");
  return {
    text: `SELECT ${paymentColumns} FROM payment p WHERE ${condition} ORDER BY p.id DESC LIMIT $1`,
    params,
  };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The payment of a charge or a refund, each by the index of its id. */
function byReference(reference: string, params: unknown[]): string {
  params.push(reference);
  const byCharge = `p.transaction_id = $${params.length}`;
  if (!uuid.test(reference)) return byCharge;
  params.push(reference);
  return `(${byCharge} OR p.id = (SELECT o.payment_id FROM operation o WHERE o.kind = 'refund' AND o.id = $${params.length}))`;
}
