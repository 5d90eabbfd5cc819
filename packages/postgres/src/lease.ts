import { randomUUID } from "node:crypto";
import type { ClientBase, Pool } from "pg";
import { prepared, query } from "./statement.ts";

/** One process's share in a right that one process has at a time, until it lapses by the database's clock. */
export type Lease = {
  /** Takes the lease or renews it; returns whether this process has it. Right after that it returns true without a query. */
  hold(on: Pool | ClientBase): Promise<boolean>;
  /** Whether `hold` would return true without a query. */
  isFresh(): boolean;
  /** Throws unless this process has the lease, which no other can take until the transaction ends. */
  fence(tx: ClientBase): Promise<void>;
  /** Leaves the lease to the next process that tries; without a query where this process has not taken it. */
  release(on: Pool | ClientBase): Promise<void>;
};

/**
 * Creates this process's share in the lease of a name. The lease of a process that neither renews nor releases it, because
 * it has ended, is stopped or hangs, lapses after `termMs`.
 */
export function createLease(name: string, termMs = 3_000): Lease {
  const holder = randomUUID();
  let renewAt = 0;
  let isTaken = false;
  const isFresh = () => performance.now() < renewAt;
  return {
    isFresh,
    async hold(on) {
      if (isFresh()) return true;
      const startedAt = performance.now();
      renewAt = 0;
      isTaken = true; // though the response may be lost
      const rows = await query(on, takeLease, [name, holder, termMs]);
      isTaken = rows.length > 0;
      if (isTaken) renewAt = startedAt + termMs / 3;
      return isTaken;
    },
    async fence(tx) {
      const rows = await query(tx, lockLease, [name, holder]);
      if (rows.length === 0) throw new Error(`another process has the lease of ${name}`);
    },
    async release(on) {
      renewAt = 0;
      if (!isTaken) return;
      await query(on, releaseLease, [name, holder]);
      isTaken = false;
    },
  };
}

const takeLease = prepared(
  "take_lease",
  `INSERT INTO lease (name, holder, expires_at) VALUES ($1, $2, now() + $3::float8 * interval '1 ms')
   ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
     WHERE lease.holder = excluded.holder OR lease.expires_at <= now()
   RETURNING name`,
);

const lockLease = prepared("lock_lease", "SELECT FROM lease WHERE name = $1 AND holder = $2 FOR SHARE");

const releaseLease = prepared(
  "release_lease",
  "UPDATE lease SET expires_at = now() WHERE name = $1 AND holder = $2",
);
