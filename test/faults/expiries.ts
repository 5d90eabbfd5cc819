import { Client as Postgres } from "pg";
import type { Cluster } from "../support/cluster.ts";

/** An order that has expired, and how long after it was due, by its database's clock; `at` in epoch milliseconds. */
type Expiry = { readonly orderId: string; readonly lateMs: number; readonly at: number };

/**
 * Has the order service's database note by its own clock when each order expires for which no payment is under way. One
 * whose payment failed after its time is due with that.
 */
export async function noteExpiries(cluster: Cluster) {
  const owner = new Postgres({ connectionString: cluster.stack.postgres.url("till_order") });
  await owner.connect();
  await owner.query(noted);
  return {
    /** Those noted by now; and orders that are due for longer than this and have not expired. */
    async read(overdueMs: number): Promise<{ readonly expiries: Expiry[]; readonly overdue: string[] }> {
      const { rows: expiries } = await owner.query<Expiry>(
        `SELECT order_id AS "orderId", extract(epoch FROM at - due)::float8 * 1000 AS "lateMs",
           extract(epoch FROM at)::float8 * 1000 AS at FROM noted_expiry`,
      );
      const { rows: overdue } = await owner.query<{ id: string }>(
        `SELECT id FROM orders WHERE status IN ('CREATED', 'PAYMENT_FAILED')
           AND greatest(expires_at, updated_at) < clock_timestamp() - interval '1 ms' * $1`,
        [overdueMs],
      );
      return { expiries, overdue: overdue.map(({ id }) => id) };
    },
    close: () => owner.end(),
  };
}

const noted = `
  CREATE TABLE noted_expiry (order_id uuid, due timestamptz, at timestamptz);
  CREATE FUNCTION note_expiry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      INSERT INTO noted_expiry VALUES (OLD.id, greatest(OLD.expires_at, OLD.updated_at), clock_timestamp());
      RETURN NULL;
    END $$;
  CREATE TRIGGER note_expiry AFTER UPDATE ON orders FOR EACH ROW
    WHEN (NEW.cancel_reason = 'EXPIRED' AND OLD.status IN ('CREATED', 'PAYMENT_FAILED'))
    EXECUTE FUNCTION note_expiry();`;
