import { query } from "@till/postgres/statements";
import type { Pool, PoolClient } from "pg";
import type { Context } from "../rules/decision.ts";
import { factParams, insertFacts } from "./audit-statements.ts";

/** An audit entry that is no part of a payment's history. It never has a request's content. */
export type AuditFact = {
  /** role:id, webhook:<provider>, operator, or anonymous. */
  readonly actor: string;
  /** The change, such as PAYMENT_METHOD_ADDED; or the RPC, such as PaymentService/GetPayment. */
  readonly action: string;
  /** Id of the payment, payment method or reconciliation, if known. */
  readonly subject?: string | undefined;
  readonly userId?: string | undefined;
  readonly peerAddress?: string | undefined;
  /** The subject's new state; or the reason of a rejection, such as PERMISSION_DENIED. */
  readonly result: string;
  readonly requestId?: string | undefined;
  /** Further facts, as few as possible. */
  readonly details?: Readonly<Record<string, string | number>> | undefined;
};

/** Audits a change in the transaction that makes it. */
export async function auditChange(
  tx: PoolClient,
  { now, ...who }: Context,
  change: Omit<AuditFact, keyof Context>,
): Promise<void> {
  await insertAuditFacts(tx, [auditFactRow({ ...who, ...change }, now)]);
}

/** Inserts audit entries that are no part of a history. */
export async function insertAuditFacts(on: Pool | PoolClient, facts: readonly AuditFactRow[]): Promise<void> {
  await query(on, insertFacts, factParams(facts));
}

export type AuditFactRow = ReturnType<typeof auditFactRow>;

/** A fact as its row. */
export function auditFactRow(fact: AuditFact, at: Date) {
  return {
    at,
    actor: clean(fact.actor),
    action: clean(fact.action),
    subject: clean(fact.subject),
    user_id: clean(fact.userId),
    peer_address: clean(fact.peerAddress),
    result: clean(fact.result),
    request_id: clean(fact.requestId),
    details: JSON.stringify(fact.details ?? {}),
  };
}

/** Callers choose some of these texts: without control characters and lone surrogates, at most 255 characters. */
function clean(text = ""): string {
  return text
    .replaceAll(/\p{Cc}/gu, " ")
    .slice(0, 255)
    .toWellFormed();
}
