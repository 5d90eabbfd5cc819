import { newId } from "@till/ids";
import { jsonb, primary, text, timestamptz, uuid } from "@till/postgres/columns";
import { prepared, query } from "@till/postgres/statements";
import type { PoolClient } from "pg";
import { EntitySchema } from "typeorm";
import type { OperatorAction } from "./operator-action.ts";

/** The table of operators' actions, in the database that they changed. It is append-only. */
export const operatorActionEntity = new EntitySchema({
  name: "operator_action",
  columns: {
    id: primary(uuid),
    at: timestamptz,
    actor: text,
    action: text,
    subject: text,
    result: text,
    reason: text,
    request_id: text,
    details: jsonb,
  },
});

const insertAction = prepared(
  "insert_operator_action",
  `INSERT INTO operator_action (id, at, actor, action, subject, result, reason, request_id, details)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
);

/** Records an operator's action in the transaction of its effect. */
export async function recordOperatorAction(tx: PoolClient, taken: OperatorAction): Promise<void> {
  const { at, actor, action, subject, result, reason, requestId, eventType, eventId } = taken;
  const details = { event_type: eventType, event_id: eventId };
  await query(tx, insertAction, [newId(), at, actor, action, subject, result, reason, requestId, details]);
}
