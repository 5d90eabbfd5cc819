import { prepared, query } from "@till/postgres/statements";
import type { Deps } from "../deps.ts";
import { startRefund } from "../rules/refund.ts";

const dayMs = 24 * 60 * 60_000;

const selectToRefund = prepared(
  "select_to_refund",
  `SELECT o.id FROM orders o
     LEFT JOIN order_refund r ON r.user_id = o.user_id AND r.order_id = o.id AND r.id = o.refund_id
    WHERE o.status IN ('CANCELLED', 'RETURNED') AND o.captured_minor > o.refunded_minor
      AND (r.state IS DISTINCT FROM 'FAILED' OR r.updated_at <= $1::timestamptz - interval '1 ms' *
             least($2::float8 * 2 ^ (SELECT least(count(*), 20) - 1 FROM order_refund failed
                                      WHERE failed.user_id = o.user_id AND failed.order_id = o.id
                                        AND failed.state = 'FAILED'), ${dayMs}))
    ORDER BY o.id LIMIT 500`,
);

/** Starts giving back what cancelled and returned orders hold; a refund that failed is tried again, later each time. */
export async function startRefunds({ db, store, policies, now, newId }: Deps): Promise<void> {
  const { refundRetryMs: retryMs } = policies;
  const time = now();
  const rows = await query<{ id: string }>(db.pool, selectToRefund, [time, retryMs]);
  const context = { now: time, actor: "worker:refund" };
  await Promise.all(
    rows.map(async ({ id }) => {
      const refund = { id: newId(), retryMs };
      await store.update({ id, decide: (current) => startRefund(current, refund, context) });
    }),
  );
}
