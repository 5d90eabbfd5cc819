import type { IncomingEvent } from "@till/events/consume";
import { prepared, query, transact, type Db } from "@till/postgres/statements";
import { newId } from "@till/ids";
import { payloadOf } from "../rules/delivery.ts";
import { filtersOf } from "../rules/event-filter.ts";

/** Kafka's consumer group of the webhook service. */
export const consumerGroup = "till-webhook";

/**
 * Stores a delivery of the event for each enabled endpoint that receives it, with the event's inbox entry. Returns how many;
 * 0 for a repeat. Nothing is stored of an event that no endpoint receives, as are most.
 */
export async function recordEvent({ pool }: Pick<Db, "pool">, event: IncomingEvent): Promise<number> {
  const filters = filtersOf(event.type);
  const [found] = await query<{ hasReceivers: boolean }>(pool, lookForReceivers, [filters]);
  if (!found!.hasReceivers) return 0;
  return transact({ pool }, async (tx) => {
    const isNew = await query(tx, insertInbox, [consumerGroup, event.id]);
    if (isNew.length === 0) return 0;
    const receivers = await query<{ id: string }>(tx, selectReceivers, [filters]);
    if (receivers.length === 0) return 0;
    const endpointIds = receivers.map(({ id }) => id);
    // Waits for a sender that ends the order's last delivery, so that the order is queued after it.
    await query(tx, insertQueued, [endpointIds, event.subject]);
    const deliveryIds = endpointIds.map(() => newId());
    const { id, type, subject } = event;
    const values = [deliveryIds, endpointIds, subject, id, type, payloadOf(event), userOf(event)];
    await query(tx, insertDeliveries, values);
    return receivers.length;
  });
}

/** Whom an event is about. */
function userOf({ data }: IncomingEvent): string | null {
  const userId = (data as { readonly userId?: unknown } | null)?.userId;
  return typeof userId === "string" ? userId : null;
}

/** Takes a consumer group and an event's id. A repeat waits for the transaction that records the event first. */
export const insertInbox = prepared(
  "webhook_insert_inbox",
  `INSERT INTO inbox (consumer_group, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1`,
);

const receivers = "FROM webhook_endpoint WHERE disabled_reason IS NULL AND event_types && $1::text[]";

const lookForReceivers = prepared(
  "webhook_look_for_receivers",
  `SELECT EXISTS (SELECT ${receivers}) AS "hasReceivers"`,
);

const selectReceivers = prepared(
  "webhook_select_receivers",
  `SELECT id ${receivers}
    ORDER BY id
      FOR KEY SHARE`,
);

const insertQueued = prepared(
  "webhook_insert_queued",
  `INSERT INTO webhook_queue (endpoint_id, order_id) SELECT unnest($1::uuid[]), $2
   ON CONFLICT (endpoint_id, order_id) DO UPDATE SET order_id = excluded.order_id`,
);

const insertDeliveries = prepared(
  "webhook_insert_deliveries",
  `INSERT INTO webhook_delivery (id, endpoint_id, order_id, event_id, event_type, payload, user_id)
   SELECT id, endpoint_id, $3, $4, $5, $6, $7 FROM unnest($1::uuid[], $2::uuid[]) AS new (id, endpoint_id)`,
);
