import { prepared, query } from "@till/postgres/statements";
import type { Pool } from "pg";
import type { Payment } from "../rules/payment.ts";
import { paymentFromRow, type PaymentRow } from "./payment-rows.ts";
import type { Claim, ClaimedOperation } from "./store.ts";
import { paymentColumns } from "./statements.ts";

/** Claims payments without an outcome and without a lease, each for one process. */
export async function claimPayments(pool: Pool, claim: Claim): Promise<Payment[]> {
  const rows = await query<PaymentRow>(pool, claimOpen, paramsOf(claim));
  return rows.map((row) => paymentFromRow(row));
}

/** Claims pending operations without a lease, each for one process. */
export function claimOperations(pool: Pool, claim: Claim): Promise<ClaimedOperation[]> {
  return query(pool, claimPending, paramsOf(claim));
}

const paramsOf = ({ now, firstMs, maxMs, limit }: Claim) => [now, firstMs, maxMs, limit];

/**
 * When a row is looked at next: `$2` milliseconds after `$1`, twice as long each time up to `$3`, and for each row a
 * little off, so that what began together does not come back together.
 */
const backOff = (row: string) => `
  $1::timestamptz + interval '1 ms' * least($2::float8 * power(2, least(${row}.check_tries, 30)), $3::float8)
    * (0.75 + (hashtext(${row}.id::text || ${row}.check_tries::text) & 1023) / 2046.0)`;

/** Oldest check first. Concurrent processes get different ones. */
const claimOpen = prepared(
  "claim_open",
  `WITH due AS MATERIALIZED (
     SELECT user_id, id FROM payment
      WHERE status IN ('PENDING', 'UNKNOWN', 'REQUIRES_ACTION') AND check_at <= $1::timestamptz
        AND created_at <= $1::timestamptz - interval '1 ms' * $2::float8
        AND (lease_expires_at IS NULL OR lease_expires_at <= $1::timestamptz)
      ORDER BY check_at LIMIT $4 FOR UPDATE SKIP LOCKED
   )
   UPDATE payment p SET check_at = ${backOff("p")}, check_tries = p.check_tries + 1
     FROM due WHERE p.user_id = due.user_id AND p.id = due.id
   RETURNING ${paymentColumns}`,
);

const claimPending = prepared(
  "claim_pending",
  `WITH due AS MATERIALIZED (
     SELECT user_id, id FROM operation
      WHERE status = 'PENDING' AND check_at <= $1::timestamptz
        AND (lease_expires_at IS NULL OR lease_expires_at <= $1::timestamptz)
      ORDER BY check_at LIMIT $4 FOR UPDATE SKIP LOCKED
   )
   UPDATE operation o SET check_at = ${backOff("o")}, check_tries = o.check_tries + 1
     FROM due WHERE o.user_id = due.user_id AND o.id = due.id
   RETURNING o.id, o.payment_id AS "paymentId"`,
);
