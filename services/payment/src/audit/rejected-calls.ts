import type { OnRefused } from "@till/rpc/server";
import type { AuditLog } from "./audit-log.ts";

/** Audits every call whose access was rejected. */
export function auditRejectedCalls(audit: Pick<AuditLog, "rejected">): OnRefused {
  return ({ method, knownCaller, peerAddress, requestId }, { reason, facts }) =>
    audit.rejected({
      actor: knownCaller ? `${knownCaller.role}:${knownCaller.id}` : "anonymous",
      action: method.slice(method.lastIndexOf(".") + 1),
      subject: facts.metadata?.payment_id,
      userId: knownCaller?.role === "user" ? knownCaller.id : undefined,
      peerAddress,
      result: reason,
      requestId,
    });
}
