import { prepared, query, type Db } from "@till/postgres/statements";
import type { PoolClient } from "pg";
import type { Attempt, Delivery, DeliveryStatus } from "../rules/delivery.ts";
import { appError, deliveryNotFound } from "../rules/errors.ts";
import type { Made } from "./requests.ts";

/** A delivery with its latest attempts, the oldest of them first. */
export type DeliveryWithAttempts = Delivery & { readonly attempts: readonly SentAttempt[] };

type SentAttempt = Attempt & { readonly deliveryId: string; readonly sentAt: Date };

export type DeliveryFilters = {
  readonly endpointId: string;
  readonly status: DeliveryStatus | undefined;
};

/** The stored deliveries, to be read and sent again. */
export type Deliveries = ReturnType<typeof openDeliveries>;

/** Opens the stored deliveries. */
export function openDeliveries(db: Pick<Db, "pool">) {
  async function withAttempts(deliveries: readonly Delivery[]): Promise<DeliveryWithAttempts[]> {
    const attempts = await query<SentAttempt>(db.pool, selectAttempts, [deliveries.map(({ id }) => id)]);
    const byDelivery = Map.groupBy(attempts, ({ deliveryId }) => deliveryId);
    return deliveries.map((delivery) => ({ ...delivery, attempts: byDelivery.get(delivery.id) ?? [] }));
  }

  return {
    /** Lists the deliveries before an id, newest first. */
    async list(filters: DeliveryFilters, before: string | undefined, limit: number) {
      const { endpointId, status } = filters;
      const statement = status === undefined ? listAll : listByStatus;
      const values = [endpointId, before ?? null, limit, ...(status === undefined ? [] : [status])];
      return withAttempts(await query<Delivery>(db.pool, statement, values));
    },

    /** Throws WEBHOOK_DELIVERY_NOT_FOUND. */
    async find(id: string): Promise<DeliveryWithAttempts> {
      const [delivery] = await withAttempts(await query<Delivery>(db.pool, selectDelivery, [id]));
      if (!delivery) throw deliveryNotFound(id);
      return delivery;
    },

    /** Makes a delivery due. Throws WEBHOOK_DELIVERY_NOT_FOUND and WEBHOOK_ENDPOINT_DISABLED. */
    async redeliver(tx: PoolClient, id: string, owner: string | undefined): Promise<Made> {
      const [found] = await query<Found>(tx, selectOwned, [id, owner ?? null]);
      if (!found) throw deliveryNotFound(id);
      const { endpointId, orderId, isDisabled } = found;
      if (isDisabled)
        throw appError("WEBHOOK_ENDPOINT_DISABLED", "its endpoint is disabled, enable it first");
      await query(tx, endPause, [endpointId]);
      await query(tx, queueNow, [endpointId, orderId]);
      await query(tx, requeueEnded, [id]);
      return { endpointId, madeId: id };
    },
  };
}

type Found = { readonly endpointId: string; readonly orderId: string; readonly isDisabled: boolean };

const columns = `id, endpoint_id AS "endpointId", order_id AS "orderId", event_id AS "eventId",
  event_type AS "eventType", status, created_at AS "createdAt", ended_at AS "endedAt"`;

const listAll = prepared(
  "webhook_list_deliveries",
  `SELECT ${columns} FROM webhook_delivery
    WHERE endpoint_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
);

const listByStatus = prepared(
  "webhook_list_deliveries_by_status",
  `SELECT ${columns} FROM webhook_delivery
    WHERE endpoint_id = $1 AND status = $4 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
);

const selectDelivery = prepared(
  "webhook_select_delivery",
  `SELECT ${columns} FROM webhook_delivery WHERE id = $1`,
);

const selectAttempts = prepared(
  "webhook_select_attempts",
  `SELECT a.delivery_id AS "deliveryId", a.sent_at AS "sentAt", a.status_code AS "statusCode", a.error,
          a.duration_ms AS "durationMs"
     FROM webhook_delivery AS d
     JOIN webhook_attempt AS a ON a.delivery_id = d.id AND a.number > d.attempts - 20
    WHERE d.id = ANY ($1::uuid[])
    ORDER BY a.delivery_id, a.number`,
);

const selectOwned = prepared(
  "webhook_select_owned_delivery",
  `SELECT e.id AS "endpointId", d.order_id AS "orderId", e.disabled_reason IS NOT NULL AS "isDisabled"
     FROM webhook_delivery AS d
     JOIN webhook_endpoint AS e ON e.id = d.endpoint_id
    WHERE d.id = $1 AND ($2::text IS NULL OR e.owner_id = $2)
      FOR KEY SHARE OF e`,
);

const endPause = prepared(
  "webhook_end_pause",
  `UPDATE webhook_endpoint SET paused_until = NULL WHERE id = $1 AND paused_until IS NOT NULL`,
);

const queueNow = prepared(
  "webhook_queue_now",
  `INSERT INTO webhook_queue (endpoint_id, order_id) VALUES ($1, $2)
   ON CONFLICT (endpoint_id, order_id) DO UPDATE SET next_attempt_at = now()`,
);

// Behind those of its order that wait: the order's later events are not held up by an earlier one.
const requeueEnded = prepared(
  "webhook_requeue_ended",
  `UPDATE webhook_delivery SET status = 'PENDING', ended_at = NULL, position = DEFAULT
    WHERE id = $1 AND status <> 'PENDING'`,
);
