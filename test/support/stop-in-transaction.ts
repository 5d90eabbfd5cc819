import { Client } from "pg";
import { eventually } from "./eventually.ts";

/** A process that is stopped (SIGSTOP) in a transaction. */
export type StoppedInTransaction = {
  /** Whether the transaction still keeps its locks. */
  readonly isOpen: () => Promise<boolean>;
  /** SIGCONT. */
  readonly resume: () => void;
};

type Options = {
  readonly pid: number;
  readonly databaseUrl: string;
  /** Rows of this table are locked by then. */
  readonly table: string;
};

/**
 * Stops a process that has begun a transaction, once the transaction has written to a table and waits for its next
 * statement. Its statements must be slow on their way, and it must be the only process that has transactions.
 */
export async function stopInTransaction({ pid, databaseUrl, table }: Options): Promise<StoppedInTransaction> {
  const read = async (sql: string, value: unknown) => {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ pid: number }>(sql, [value]);
      return rows[0]?.pid;
    } finally {
      await client.end();
    }
  };
  const session = await eventually(async () => {
    const waiting = await read(writersWaiting, table);
    if (waiting === undefined) return false;
    process.kill(pid, "SIGSTOP");
    const still = await read(writersWaiting, table);
    if (still === undefined) process.kill(pid, "SIGCONT");
    return still ?? false;
  });
  return {
    isOpen: async () => (await read(sessionWaiting, session)) !== undefined,
    resume: () => process.kill(pid, "SIGCONT"),
  };
}

const sessionWaiting = `SELECT pid FROM pg_stat_activity WHERE pid = $1 AND state = 'idle in transaction'`;
const writersWaiting = `
  SELECT pid FROM pg_stat_activity JOIN pg_locks USING (pid)
   WHERE datname = current_database() AND state = 'idle in transaction' AND granted
     AND mode = 'RowExclusiveLock' AND relation = $1::regclass`;
