import { prepared, query, transact, type Db } from "@till/postgres/statements";
import type { PoolClient } from "pg";
import type { Attempt, Outcome } from "../rules/delivery.ts";

/** An order's next delivery to an endpoint, leased to one sender. */
export type Leased = {
  readonly endpointId: string;
  readonly orderId: string;
  readonly leaseExpiresAt: Date;
  /** Attempts before this one, since the delivery's turn came, and the time since the first of them. */
  readonly tries: number;
  readonly sinceFirstMs: number;
  readonly deliveryId: string;
  readonly eventId: string;
  readonly payload: string;
  readonly url: string;
};

export type LeaseOptions = {
  /** How many deliveries to each endpoint this process has under way. */
  readonly sending: ReadonlyMap<string, number>;
  readonly perEndpoint: number;
  readonly limit: number;
  readonly leaseMs: number;
};

/** The deliveries that wait, shared by every replica. Times are the database's. */
export type Queue = ReturnType<typeof openQueue>;

/** Opens the queue. */
export function openQueue(db: Pick<Db, "pool">) {
  return {
    /** Leases the next delivery of orders that are due, at most so many to an endpoint. */
    async lease({ sending, perEndpoint, limit, leaseMs }: LeaseOptions): Promise<Leased[]> {
      const values = [[...sending.keys()], [...sending.values()], perEndpoint, limit, leaseMs];
      const leased = await query<QueueRow>(db.pool, leaseDue, values);
      if (leased.length === 0) return [];
      // In a statement of its own: the leasing one may not see yet what the former lease's holder has written.
      const keys = [leased.map(({ endpointId }) => endpointId), leased.map(({ orderId }) => orderId)];
      const first = await query<Omit<Leased, keyof QueueRow> & QueueKey>(db.pool, selectFirst, keys);
      const byKey = new Map(first.map((delivery) => [keyOf(delivery), delivery]));
      return leased.flatMap((row) => {
        const delivery = byKey.get(keyOf(row));
        return delivery ? [{ ...row, ...delivery }] : [];
      });
    },

    /** Records an attempt and what it makes of the delivery. False, and nothing, if the lease is another's by now. */
    record: (leased: Leased, attempt: Attempt, outcome: Outcome): Promise<boolean> =>
      transact(db, async (tx) => {
        const { endpointId, orderId, leaseExpiresAt, deliveryId } = leased;
        const held = await query(tx, lockLeased, [endpointId, orderId, leaseExpiresAt]);
        if (held.length === 0) return false;
        const { statusCode, error, durationMs } = attempt;
        await query(tx, insertAttempt, [deliveryId, outcome.status, statusCode, error, durationMs]);
        if (outcome.status === "PENDING") {
          await query(tx, postpone, [endpointId, orderId, outcome.pauseMs]);
          if (outcome.endpointPauseMs) await query(tx, pauseEndpoint, [endpointId, outcome.endpointPauseMs]);
        } else await goOn(tx, leased);
        if (outcome.status === "FAILED" && outcome.isGone) await query(tx, disableGone, [endpointId]);
        return true;
      }),
  };
}

type QueueKey = Pick<Leased, "endpointId" | "orderId">;
type QueueRow = QueueKey & Pick<Leased, "leaseExpiresAt" | "tries" | "sinceFirstMs">;

function keyOf({ endpointId, orderId }: QueueKey): string {
  return `${endpointId} ${orderId}`;
}

/** Makes the order's next delivery due, or takes the order out of the queue. */
async function goOn(tx: PoolClient, { endpointId, orderId }: QueueKey): Promise<void> {
  const removed = await query(tx, removeEmpty, [endpointId, orderId]);
  if (removed.length === 0) await query(tx, makeDue, [endpointId, orderId]);
}

const leaseDue = prepared(
  "webhook_lease_due",
  `WITH due AS (
     SELECT q.endpoint_id, q.order_id
       FROM webhook_endpoint AS e
       LEFT JOIN unnest($1::uuid[], $2::int[]) AS busy (endpoint_id, sending) ON busy.endpoint_id = e.id
      CROSS JOIN LATERAL (
        SELECT endpoint_id, order_id FROM webhook_queue
         WHERE endpoint_id = e.id AND next_attempt_at <= now()
           AND (lease_expires_at IS NULL OR lease_expires_at <= now())
         ORDER BY next_attempt_at LIMIT greatest($3 - coalesce(busy.sending, 0), 0)
           FOR UPDATE SKIP LOCKED) AS q
      WHERE e.disabled_reason IS NULL AND (e.paused_until IS NULL OR e.paused_until <= now())
      LIMIT $4)
   UPDATE webhook_queue AS q
      SET lease_expires_at = date_trunc('milliseconds', now()) + $5 * interval '1 millisecond'
     FROM due
    WHERE q.endpoint_id = due.endpoint_id AND q.order_id = due.order_id
   RETURNING q.endpoint_id AS "endpointId", q.order_id AS "orderId", q.lease_expires_at AS "leaseExpiresAt", q.tries,
     coalesce(extract(epoch FROM now() - q.first_attempt_at)::float8 * 1000, 0) AS "sinceFirstMs"`,
);

const selectFirst = prepared(
  "webhook_select_first",
  `SELECT e.id AS "endpointId", d.order_id AS "orderId", e.url, d.id AS "deliveryId", d.event_id AS "eventId", d.payload
     FROM unnest($1::uuid[], $2::text[]) AS leased (endpoint_id, order_id)
     JOIN webhook_endpoint AS e ON e.id = leased.endpoint_id
    CROSS JOIN LATERAL (
      SELECT * FROM webhook_delivery
       WHERE endpoint_id = leased.endpoint_id AND order_id = leased.order_id AND status = 'PENDING'
       ORDER BY position LIMIT 1) AS d`,
);

const lockLeased = prepared(
  "webhook_lock_leased",
  `SELECT 1 FROM webhook_queue WHERE endpoint_id = $1 AND order_id = $2 AND lease_expires_at = $3 FOR UPDATE`,
);

const insertAttempt = prepared(
  "webhook_insert_attempt",
  `WITH updated AS (
     UPDATE webhook_delivery
        SET attempts = attempts + 1, status = $2, ended_at = CASE WHEN $2 = 'PENDING' THEN NULL ELSE now() END
      WHERE id = $1
     RETURNING id, attempts)
   INSERT INTO webhook_attempt (delivery_id, number, sent_at, status_code, error, duration_ms)
   SELECT id, attempts, now() - $5::int * interval '1 millisecond', $3, $4, $5 FROM updated`,
);

const postpone = prepared(
  "webhook_postpone",
  `UPDATE webhook_queue
      SET tries = tries + 1, next_attempt_at = now() + $3 * interval '1 millisecond', lease_expires_at = NULL,
          first_attempt_at = coalesce(first_attempt_at, now())
    WHERE endpoint_id = $1 AND order_id = $2`,
);

const pauseEndpoint = prepared(
  "webhook_pause_endpoint",
  `UPDATE webhook_endpoint SET paused_until = greatest(paused_until, now() + $2 * interval '1 millisecond')
    WHERE id = $1`,
);

const removeEmpty = prepared(
  "webhook_remove_empty",
  `DELETE FROM webhook_queue AS q
    WHERE endpoint_id = $1 AND order_id = $2
      AND NOT EXISTS (SELECT FROM webhook_delivery AS d
                       WHERE d.endpoint_id = q.endpoint_id AND d.order_id = q.order_id AND d.status = 'PENDING')
   RETURNING 1`,
);

const makeDue = prepared(
  "webhook_make_due",
  `UPDATE webhook_queue SET tries = 0, first_attempt_at = NULL, next_attempt_at = now(), lease_expires_at = NULL
    WHERE endpoint_id = $1 AND order_id = $2`,
);

const disableGone = prepared(
  "webhook_disable_gone",
  `UPDATE webhook_endpoint SET disabled_reason = 'GONE', updated_at = now()
    WHERE id = $1 AND disabled_reason IS NULL`,
);
