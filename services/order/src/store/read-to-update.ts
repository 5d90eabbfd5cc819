import { isInInbox } from "@till/events/consume";
import { prepared, query, unnested, type Db } from "@till/postgres/statements";
import type { Command, Found } from "@till/postgres/updates";
import type { Order } from "../rules/order.ts";
import { orderFromRow, type OrderRow } from "./order-rows.ts";
import { fromKeyId } from "./request-keys.ts";
import { orderColumns } from "./statements.ts";

/** Reads the order of each command, whether its event was applied, and the request that has used its key. */
export async function readToUpdate(
  { pool }: Pick<Db, "pool">,
  commands: readonly Command<Order, unknown>[],
  consumerGroup: string,
): Promise<Found<Order>[]> {
  const keys = commands.map(({ key }) => key && fromKeyId(key.id));
  const rows = await query<FoundRow>(pool, selectToUpdate, [
    commands.map(({ id }) => id),
    commands.map(({ eventId }) => eventId ?? null),
    keys.map((key) => key?.callerId ?? null),
    keys.map((key) => key?.key ?? null),
    consumerGroup,
  ]);
  return rows.map((row) => ({
    state: row.id === null ? undefined : orderFromRow(row),
    isApplied: row.is_applied,
    usedFor: row.used_for ?? undefined,
  }));
}

type Unknown = { readonly id: null };
type FoundRow = (OrderRow | Unknown) & { readonly is_applied: boolean; readonly used_for: string | null };

// The orders are found one by one: a plan that is made while the table is nearly empty must not read all of it.
const selectToUpdate = prepared(
  "select_to_update",
  `SELECT ${orderColumns}, ${isInInbox("command.event_id", 5)} AS is_applied,
       (SELECT k.request_hash FROM idempotency_key k
         WHERE k.caller_id = command.caller_id AND k.key = command.key) AS used_for
     FROM ${unnested("$1::uuid[]", "$2::text[]", "$3::text[]", "$4::text[]")}
       WITH ORDINALITY AS command(id, event_id, caller_id, key, ord)
     LEFT JOIN LATERAL (SELECT * FROM orders WHERE orders.id = command.id OFFSET 0) o ON true
    ORDER BY command.ord`,
);
