import type { OnRefused } from "@till/rpc/server";
import type { AuditLog } from "./audit-log.ts";

/** Audits every call that was refused access. */
export function auditRefusedCalls(audit: Pick<AuditLog, "refused">): OnRefused {
  return ({ method, knownCaller, peerAddress, requestId }, { reason, facts }) =>
    audit.refused({
      actor: knownCaller ? `${knownCaller.role}:${knownCaller.id}` : "anonymous",
      action: method.slice(method.lastIndexOf(".") + 1),
      subject: facts.metadata?.payment_id,
      userId: knownCaller?.role === "user" ? knownCaller.id : undefined,
      peerAddress,
      result: reason,
      requestId,
    });
}
