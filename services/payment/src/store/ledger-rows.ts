import { money } from "@till/money";
import { prepared, rowSet } from "@till/postgres/statements";
import type { LedgerEntry } from "../rules/provider.ts";
import type { LedgerSums } from "../rules/compare-with-provider.ts";
import { formatAmount, type Mismatch } from "../rules/mismatch.ts";

export const entry = rowSet("entry", 1, {
  reconciliation_id: "uuid",
  payment_id: "text",
  entry_id: "text",
  order_id: "text",
  type: "text",
  currency: "text",
  amount_minor: "bigint",
  key: "text",
  at: "timestamptz",
  cause: "text",
});

export function rowOf(
  reconciliation_id: string,
  { id, paymentId, orderId, type, amount, key, at, cause }: LedgerEntry,
) {
  const { currency, minorUnits: amount_minor } = amount;
  const names = { reconciliation_id, payment_id: paymentId.toLowerCase(), entry_id: id, order_id: orderId };
  return { ...names, type, currency, amount_minor, key, at, cause };
}

/** A provider's pages may overlap: an entry is in the copy once. */
export const insertEntries = prepared(
  "insert_ledger_entries",
  `INSERT INTO reconciliation_entry (${entry.columns}) SELECT ${entry.columns} FROM ${entry.from}
   ON CONFLICT DO NOTHING`,
);

export type SumsRow = {
  readonly payment_id: string;
  readonly currencies: string[];
  readonly authorized: string;
  readonly captured: string;
  readonly voided: string;
  readonly refunded: string;
  readonly charges: number;
  readonly repeats: number;
};

const sumOf = (...types: readonly string[]) =>
  `coalesce(sum(amount_minor) FILTER (WHERE type IN (${types.map((type) => `'${type}'`).join(", ")})
     AND ${isMovedOut}), 0)`;

/** Not money that came back from a dispute or a failed refund: the ledger has a charge for it. */
const isMovedOut = `cause IS DISTINCT FROM 'dispute_won' AND cause IS DISTINCT FROM 'refund_failed'`;

/** Refunds and withdrawals of disputes, without what came back of them. */
const refundedSum = `(${sumOf("refund")}
  - coalesce(sum(amount_minor) FILTER (WHERE cause IN ('dispute_won', 'refund_failed')), 0))`;

export const selectSums = prepared(
  "select_ledger_sums",
  `SELECT payment_id, array_agg(DISTINCT currency) AS currencies, ${sumOf("authorize")}::text AS authorized,
       ${sumOf("charge", "capture")}::text AS captured, ${sumOf("void")}::text AS voided,
       ${refundedSum}::text AS refunded, count(*) FILTER (WHERE type = 'charge' AND ${isMovedOut})::integer AS charges,
       (count(*) - count(DISTINCT (type, CASE WHEN key = '' THEN entry_id ELSE key END)))::integer AS repeats
     FROM reconciliation_entry WHERE reconciliation_id = $1 AND payment_id = ANY($2::text[]) GROUP BY payment_id`,
);

export function sumsFromRow({
  currencies,
  authorized,
  captured,
  voided,
  refunded,
  charges,
  repeats,
}: SumsRow): LedgerSums {
  const sums = {
    authorized: BigInt(authorized),
    captured: BigInt(captured),
    voided: BigInt(voided),
    refunded: BigInt(refunded),
  };
  return { currencies, ...sums, repeats: Math.max(repeats, charges - 1) };
}

export type UnmatchedRow = {
  readonly id: string;
  readonly order_id: string;
  readonly types: string;
  readonly currency: string;
  readonly amount: string;
};

export const selectUnmatched = prepared(
  "select_ledger_unmatched",
  `SELECT e.payment_id AS id, min(e.order_id) AS order_id, string_agg(DISTINCT e.type, ', ') AS types,
       min(e.currency) AS currency, max(e.amount_minor)::text AS amount
     FROM reconciliation_entry e
    WHERE e.reconciliation_id = $1 AND e.at >= $2 AND e.at < $3 AND ($4::text = '' OR e.payment_id > $4)
      AND NOT EXISTS (SELECT FROM payment p WHERE p.id =
        CASE WHEN e.payment_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN e.payment_id::uuid END)
    GROUP BY e.payment_id ORDER BY e.payment_id LIMIT $5`,
);

export function unmatchedFromRow({ id, order_id, types, currency, amount }: UnmatchedRow): Mismatch {
  const external = `payment ${id}: ${types} of ${formatAmount(money(currency, BigInt(amount)))}`;
  return {
    paymentId: "",
    orderId: order_id,
    kind: "MISSING_INTERNAL",
    internal: "no such payment",
    external,
    repaired: false,
  };
}

export type DuplicateRow = { readonly id: string; readonly payment_ids: string[] };

export const selectDuplicates = prepared(
  "select_ledger_duplicates",
  `SELECT order_id AS id, array_agg(payment_id ORDER BY began) AS payment_ids
     FROM (
       SELECT order_id, payment_id, min(at) AS began, bool_or(at >= $2 AND at < $3) AS is_in_range,
           ${sumOf("charge", "capture")} - ${refundedSum} AS kept
         FROM reconciliation_entry WHERE reconciliation_id = $1 AND order_id > $4 GROUP BY order_id, payment_id
     ) AS money
    WHERE kept > 0 GROUP BY order_id HAVING count(*) > 1 AND bool_or(is_in_range)
    ORDER BY order_id LIMIT $5`,
);

export function duplicateFromRow({ id: orderId, payment_ids }: DuplicateRow): Mismatch {
  const external = `money was captured and kept by ${payment_ids.join(" and ")}`;
  const paymentId = payment_ids.at(-1) ?? "";
  return {
    paymentId,
    orderId,
    kind: "DUPLICATE",
    internal: "one order is paid once",
    external,
    repaired: false,
  };
}

export const deleteEntries = prepared(
  "delete_ledger_entries",
  `DELETE FROM reconciliation_entry WHERE reconciliation_id = $1`,
);
