import type { OperatorAction } from "@till/ops";
import type { PoolClient } from "pg";
import { auditChange } from "../store/audit-facts.ts";

/** Audits an operator's action in the transaction of its effect. */
export function auditOperatorAction(tx: PoolClient, taken: OperatorAction): Promise<void> {
  const { at: now, actor, action, subject, result, reason, requestId, eventType, eventId } = taken;
  const details = { event_type: eventType, event_id: eventId, reason };
  return auditChange(tx, { actor, now, requestId }, { action, subject, result, details });
}
