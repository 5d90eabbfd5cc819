import { eraseBody } from "@till/contracts/erase-body";
import { eraseEvents } from "@till/events/erase";
import { prepared, query, transact, type Db } from "@till/postgres/statements";
import { withData } from "../rules/delivery.ts";
import { consumerGroup, insertInbox } from "./record-event.ts";

type StoredPayload = {
  readonly id: string;
  readonly orderId: string;
  readonly eventType: string;
  readonly payload: string;
};

/** What stands in place of erased text. */
const tombstone = "[erased]";

/**
 * Overwrites the texts about a person in the deliveries of events about the user, and in the dead letters of those orders,
 * once for an event. Amounts, states, times and ids stay.
 */
export function eraseDeliveries(
  db: Pick<Db, "pool">,
  { userId, eventId }: { readonly userId: string; readonly eventId: string },
): Promise<void> {
  const erase = (type: string, body: string) => eraseBody(type, body, tombstone);
  return transact(db, async (tx) => {
    const isNew = await query(tx, insertInbox, [consumerGroup, eventId]);
    if (isNew.length === 0) return;
    const stored = await query<StoredPayload>(tx, selectOfUser, [userId]);
    const erased = stored
      .map((row) => ({ ...row, next: withData(row.payload, (json) => erase(row.eventType, json)) }))
      .filter(({ payload, next }) => payload !== next);
    await query(tx, updatePayloads, [erased.map(({ id }) => id), erased.map(({ next }) => next)]);
    const letters = await query<{ key: string }>(tx, selectLetterKeys, [userId]);
    const keys = new Set([...stored.map(({ orderId }) => orderId), ...letters.map(({ key }) => key)]);
    await eraseEvents(tx, [...keys], { erase, tombstone });
  });
}

const selectOfUser = prepared(
  "webhook_select_of_user",
  `SELECT id, order_id AS "orderId", event_type AS "eventType", payload FROM webhook_delivery
    WHERE user_id = $1 ORDER BY id FOR UPDATE`,
);

const updatePayloads = prepared(
  "webhook_update_payloads",
  `UPDATE webhook_delivery AS d SET payload = erased.payload
     FROM unnest($1::uuid[], $2::text[]) AS erased (id, payload) WHERE d.id = erased.id`,
);

// Of an order without deliveries there may be one, too.
const selectLetterKeys = prepared(
  "webhook_select_letter_keys",
  `SELECT DISTINCT key FROM dead_letter WHERE position($1 IN value) > 0`,
);
