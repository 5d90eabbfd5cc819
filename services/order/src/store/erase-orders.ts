import { eraseBody } from "@till/contracts/erase-body";
import { eraseEvents } from "@till/events/erase";
import { newId } from "@till/ids";
import { prepared, query, transact, type Db } from "@till/postgres/statements";
import type { HistoryType } from "../rules/history-entry.ts";

type Erasure = {
  /** The job that erases the person, which keeps the progress. */
  readonly jobId: string;
  readonly userId: string;
  /** Of the erasure: it stays in the history. */
  readonly reason: string;
  readonly actor: string;
  readonly now: Date;
  /** Only orders with larger ids. */
  readonly afterId: string | undefined;
};

/** What stands where a person's data was erased. */
const tombstone = "[erased]";

/** What was read and erased in a batch, and the job's progress after it. */
type ErasedBatch = {
  readonly read: number;
  readonly erased: number;
  readonly afterId: string | undefined;
  readonly erasedOrders: number;
};

/** The number of orders in a batch. */
export const erasureBatch = 50;

/**
 * Overwrites the cart's id, addresses, notes, shipment, reasons, remarks and payloads of a user's orders, and the free text
 * in their events that are not published or could not be handled: one batch of them. An order in which there was
 * something to erase gets a new version, and the history entry PERSON_ERASED.
 */
export function eraseOrders(
  db: Pick<Db, "pool">,
  { jobId, userId, reason, actor, now, afterId }: Erasure,
): Promise<ErasedBatch> {
  return transact(db, async (tx) => {
    const locked = await query<{ id: string }>(tx, lockBatch, [userId, afterId ?? null]);
    const ids = locked.map(({ id }) => id);
    await query(tx, allowErasure, []);
    const erased = new Set<string>();
    for (const statement of [eraseDetails, eraseShipments, eraseRefunds, eraseHistory]) {
      const rows = await query<{ id: string }>(tx, statement, [userId, ids, tombstone]);
      for (const { id } of rows) erased.add(id);
    }
    const erase = (type: string, body: string) => eraseBody(type, body, tombstone);
    for (const id of await eraseEvents(tx, ids, { erase, tombstone })) erased.add(id);
    const changed = [...erased];
    await query(tx, recordErasure, [userId, changed, changed.map(newId), actor, reason, now]);
    const lastId = ids.at(-1) ?? afterId;
    const [job] = await query<{ count: number }>(tx, recordProgress, [jobId, lastId ?? null, erased.size]);
    return { read: ids.length, erased: erased.size, afterId: lastId, erasedOrders: job!.count };
  });
}

// In the order of their ids, as other changes lock orders.
const lockBatch = prepared(
  "lock_orders_to_erase",
  `SELECT o.id FROM orders o WHERE o.user_id = $1 AND ($2::uuid IS NULL OR o.id > $2)
    ORDER BY o.id LIMIT ${erasureBatch} FOR UPDATE`,
);

/** Until the commit; see the migration that guards the history. */
const allowErasure = prepared("allow_erasure", `SELECT set_config('till.erasure', 'on', true)`);

const eraseDetails = prepared(
  "erase_details",
  `WITH erased AS (
     SELECT id, details
            || CASE WHEN details ? 'cartId' THEN jsonb_build_object('cartId', $3::text) ELSE '{}' END
            || CASE WHEN details ? 'notes' THEN jsonb_build_object('notes', $3::text) ELSE '{}' END
            || CASE WHEN details ? 'shippingAddress' THEN jsonb_build_object('shippingAddress', address) ELSE '{}' END
            || CASE WHEN details ? 'billingAddress' THEN jsonb_build_object('billingAddress', address) ELSE '{}' END
            AS details
       FROM orders, jsonb_build_object('addressLines', jsonb_build_array($3::text)) AS address
      WHERE user_id = $1 AND id = ANY($2::uuid[]) AND details IS NOT NULL
   )
   UPDATE orders o SET details = erased.details FROM erased
    WHERE o.user_id = $1 AND o.id = erased.id AND o.details <> erased.details RETURNING o.id`,
);

const eraseShipments = prepared(
  "erase_shipments",
  `UPDATE orders o SET carrier = $3, tracking_number = $3
    WHERE o.user_id = $1 AND o.id = ANY($2::uuid[]) AND (carrier <> $3 OR tracking_number <> $3) RETURNING o.id`,
);

const eraseRefunds = prepared(
  "erase_refunds",
  `UPDATE order_refund
      SET reason = CASE reason WHEN '' THEN '' ELSE $3::text END, remark = CASE remark WHEN '' THEN '' ELSE $3::text END
    WHERE user_id = $1 AND order_id = ANY($2::uuid[]) AND (reason NOT IN ('', $3) OR remark NOT IN ('', $3))
   RETURNING order_id AS id`,
);

const eraseHistory = prepared(
  "erase_history",
  `UPDATE order_event
      SET reason = CASE reason WHEN '' THEN '' ELSE $3::text END,
          payload = CASE WHEN payload IS NOT NULL THEN jsonb_build_object('erased', true) END
    WHERE user_id = $1 AND order_id = ANY($2::uuid[]) AND type <> 'PERSON_ERASED'
      AND (reason NOT IN ('', $3) OR payload <> jsonb_build_object('erased', true))
   RETURNING order_id AS id`,
);

const recordProgress = prepared(
  "record_erasure_progress",
  `UPDATE job
      SET progress = jsonb_strip_nulls(jsonb_build_object('afterId', $2::text, 'erasedOrders',
            coalesce((progress->>'erasedOrders')::int, 0) + $3::int))
    WHERE id = $1 RETURNING (progress->>'erasedOrders')::int AS count`,
);

const entryType: HistoryType = "PERSON_ERASED";

const recordErasure = prepared(
  "record_erasure",
  `WITH erased AS (
     UPDATE orders o SET version = o.version + 1, updated_at = $6
       FROM unnest($2::uuid[], $3::uuid[]) AS entry(order_id, id)
      WHERE o.user_id = $1 AND o.id = entry.order_id
     RETURNING o.user_id, o.id AS order_id, o.version, o.status, entry.id
   )
   INSERT INTO order_event (id, user_id, order_id, version, position, type, from_status, to_status, actor, reason, created_at)
   SELECT id, user_id, order_id, version, 1, '${entryType}', status, status, $4, $5, $6 FROM erased`,
);
