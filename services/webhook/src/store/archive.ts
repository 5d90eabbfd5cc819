import { prepared, query, type Db } from "@till/postgres/statements";

/** What is kept for some time after it has ended. */
export type Archive = ReturnType<typeof openArchive>;

/** Opens what is kept. */
export function openArchive({ pool }: Pick<Db, "pool">) {
  const deleteBy = (statement: typeof deleteEnded) => async (keepDays: number, limit: number) =>
    (await query(pool, statement, [keepDays, limit])).length;
  return {
    /** Deletes deliveries that ended so many days ago, with their attempts. Returns how many. */
    deleteEndedDeliveries: deleteBy(deleteEnded),
    /** Deletes the ids of events that were received so many days ago. Returns how many. */
    deleteInboxEntries: deleteBy(deleteReceived),
  };
}

const deleteEnded = prepared(
  "webhook_delete_ended",
  `DELETE FROM webhook_delivery WHERE id = ANY (ARRAY(
     SELECT id FROM webhook_delivery WHERE ended_at < now() - $1 * interval '1 day'
      ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED))
   RETURNING 1`,
);

const deleteReceived = prepared(
  "webhook_delete_received",
  `DELETE FROM inbox WHERE (consumer_group, event_id) IN (
     SELECT consumer_group, event_id FROM inbox WHERE received_at < now() - $1 * interval '1 day'
      ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED)
   RETURNING 1`,
);
