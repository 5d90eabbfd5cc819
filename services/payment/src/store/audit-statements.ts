import { prepared, rowSet } from "@till/postgres/statements";

/** An entry `e`, as `AuditEntry`. */
export const entryColumns = `
  e.seq::text, extract(epoch FROM e.at)::text AS at, e.actor, e.action, e.subject, e.user_id, e.peer_address, e.result,
  e.request_id, e.details`;

/**
 * CTEs that write a history's rows into the audit log in the statement that writes the history: `source` returns
 * rows of payment_event. Every audit entry is queued for its chain entry.
 */
export function auditOf(source: string): string {
  return `
    new_audit AS (
      INSERT INTO audit_entry (at, actor, action, subject, user_id, peer_address, result, request_id, details)
      SELECT created_at, actor, type, payment_id, user_id, coalesce(peer_address, ''), to_status,
          coalesce(request_id, ''), json_build_object('version', version, 'from', from_status, 'reason', reason,
            'amount_minor', amount_minor)
        FROM ${source} ORDER BY payment_id, version, position
      RETURNING seq
    ), new_queued AS (
      INSERT INTO audit_chain_queue SELECT seq FROM new_audit
    )`;
}

const fact = rowSet("fact", 1, {
  at: "timestamptz",
  actor: "text",
  action: "text",
  subject: "text",
  user_id: "text",
  peer_address: "text",
  result: "text",
  request_id: "text",
  details: "text",
});

/** Inserts audit entries that are no part of a history. */
export const insertFacts = prepared(
  "insert_audit_facts",
  `WITH new_audit AS (
     INSERT INTO audit_entry (${fact.columns}) SELECT ${fact.columns} FROM ${fact.from} ORDER BY ord
     RETURNING seq
   )
   INSERT INTO audit_chain_queue SELECT seq FROM new_audit`,
);

/** The parameters of `insertFacts`. */
export const factParams = fact.params;

/** A row where there is an entry in the queue. */
export const selectQueued = prepared("select_queued", "SELECT FROM audit_chain_queue LIMIT 1");

/** Removes entries from the queue and returns those without a chain entry. */
export const takeQueued = prepared(
  "take_queued",
  `WITH taken AS (
     DELETE FROM audit_chain_queue WHERE ctid = ANY(ARRAY(SELECT ctid FROM audit_chain_queue LIMIT $1)) RETURNING seq
   )
   SELECT ${entryColumns} FROM audit_entry e
    WHERE e.seq IN (SELECT seq FROM taken) AND NOT EXISTS (SELECT FROM audit_chain_entry c WHERE c.entry_seq = e.seq)
    ORDER BY e.seq`,
);

/** The last chain entry, as `ChainHead`. */
export const selectHead = prepared(
  "select_head",
  `SELECT n::text, encode(hash, 'hex') AS hash FROM audit_chain_entry ORDER BY audit_chain_entry.n DESC LIMIT 1`,
);

export const insertChainEntries = prepared(
  "insert_chain_entries",
  `INSERT INTO audit_chain_entry (n, entry_seq, hash)
   SELECT n, entry_seq, decode(hash, 'hex') FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS s(n, entry_seq, hash)`,
);

export type ChainHead = { readonly n: string; readonly hash: string };
