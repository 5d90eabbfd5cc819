import { hash } from "node:crypto";

/** An audit entry, every value as text, so that no precision is lost. */
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

/** The hash before the first entry. */
export const noHash = "0".repeat(64);

/** The chain's next hash, in hex: over the previous hash and the entry's values. Column names are not part of it. */
export function chainHashOf(previous: string, entry: AuditEntry): string {
  const { seq, at, actor, action, subject, user_id, peer_address, result, request_id, details } = entry;
  // A JSON array of texts: different entries have different bytes.
  const values = [seq, at, actor, action, subject, user_id, peer_address, result, request_id, details];
  return hash("sha256", Buffer.concat([Buffer.from(previous, "hex"), Buffer.from(JSON.stringify(values))]));
}
