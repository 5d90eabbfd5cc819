import { hash } from "node:crypto";

/** One line of the audit log as it is stored, every value as text, so that nothing is lost in reading it. */
export type AuditEntry = {
  readonly seq: string;
  /** Seconds since 1970, exact to the microsecond. */
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly user_id: string;
  readonly peer_address: string;
  readonly result: string;
  readonly request_id: string;
  readonly details: string;
};

/** An entry `e`, as `AuditEntry`. */
export const entryColumns = `
  e.seq::text, extract(epoch FROM e.at)::text AS at, e.actor, e.action, e.subject, e.user_id, e.peer_address, e.result,
  e.request_id, e.details`;

/** What the chain begins with. */
export const noHash = "0".repeat(64);

/** The next hash of the chain, in hex: of the one before it and everything an entry says. */
export function chainHashOf(previous: string, entry: AuditEntry): string {
  const { seq, at, actor, action, subject, user_id, peer_address, result, request_id, details } = entry;
  // An array of texts as JSON: no two different entries are written alike.
  const said = [seq, at, actor, action, subject, user_id, peer_address, result, request_id, details];
  return hash("sha256", Buffer.concat([Buffer.from(previous, "hex"), Buffer.from(JSON.stringify(said))]));
}
