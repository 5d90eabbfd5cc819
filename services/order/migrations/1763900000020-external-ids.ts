import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Users, courses, sessions and products have ids of other systems: text, not UUIDs. Such an id is longer than a UUID, so
 * it stays out of the primary keys: those have the order's or line's own id, which is unique without the user.
 */
export class ExternalIds1763900000020 implements MigrationInterface {
  name = "ExternalIds1763900000020";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION unpaid_orders_of`);
    await runner.query(`
      ALTER TABLE orders DROP CONSTRAINT orders_pkey, ${toText("orders", "user_id")}, ADD PRIMARY KEY (id)`);
    await runner.query(`DROP INDEX orders_by_id`);
    await runner.query(`CREATE INDEX orders_by_user ON orders (user_id, id)`);
    await runner.query(`
      ALTER TABLE order_items
        DROP CONSTRAINT order_items_pkey,
        ${toText("order_items", "user_id")},
        ${toText("order_items", "ref_id")},
        ADD PRIMARY KEY (order_id, id)`);
    await runner.query(`
      ALTER TABLE order_event
        DROP CONSTRAINT order_event_pkey,
        ${toText("order_event", "user_id")},
        ADD PRIMARY KEY (order_id, version, position)`);
    await runner.query(`
      ALTER TABLE order_refund
        DROP CONSTRAINT order_refund_pkey,
        ${toText("order_refund", "user_id")},
        ADD PRIMARY KEY (order_id, id)`);
    await runner.query(`ALTER TABLE idempotency_key ${toText("idempotency_key", "user_id")}`);
    await runner.query(`ALTER TABLE session_seats ${toText("session_seats", "session_id")}`);
    await runner.query(unpaidOrdersOf("text", "hashtext"));
  }

  /** Fails where an id is not a UUID. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION unpaid_orders_of`);
    await runner.query(`ALTER TABLE session_seats ${toUuid("session_seats", "session_id")}`);
    await runner.query(`ALTER TABLE idempotency_key ${toUuid("idempotency_key", "user_id")}`);
    await runner.query(`
      ALTER TABLE order_refund
        DROP CONSTRAINT order_refund_pkey,
        ${toUuid("order_refund", "user_id")},
        ADD PRIMARY KEY (user_id, order_id, id)`);
    await runner.query(`
      ALTER TABLE order_event
        DROP CONSTRAINT order_event_pkey,
        ${toUuid("order_event", "user_id")},
        ADD PRIMARY KEY (user_id, order_id, version, position)`);
    await runner.query(`
      ALTER TABLE order_items
        DROP CONSTRAINT order_items_pkey,
        ${toUuid("order_items", "user_id")},
        ${toUuid("order_items", "ref_id")},
        ADD PRIMARY KEY (user_id, order_id, id)`);
    await runner.query(`DROP INDEX orders_by_user`);
    await runner.query(`CREATE INDEX orders_by_id ON orders (id)`);
    await runner.query(`
      ALTER TABLE orders DROP CONSTRAINT orders_pkey, ${toUuid("orders", "user_id")}, ADD PRIMARY KEY (user_id, id)`);
    await runner.query(unpaidOrdersOf("uuid", "uuid_hash"));
  }
}

/** The ALTER TABLE actions that make a column an external id. */
function toText(table: string, column: string): string {
  return `
    ALTER ${column} TYPE text COLLATE "C" USING ${column}::text,
    ADD CONSTRAINT ${table}_${column}_external CHECK (${column} ~ '^[!-~]+$' AND length(${column}) <= 128)`;
}

function toUuid(table: string, column: string): string {
  return `
    DROP CONSTRAINT ${table}_${column}_external,
    ALTER ${column} TYPE uuid USING ${column}::uuid`;
}

/** The function of the migration before, for another type of id. */
function unpaidOrdersOf(type: string, hash: string): string {
  return `
    CREATE FUNCTION unpaid_orders_of(buyers ${type}[], most integer) RETURNS TABLE (buyer ${type}, unpaid bigint)
    LANGUAGE plpgsql VOLATILE AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtext('unpaid orders'), name)
         FROM (SELECT DISTINCT ${hash}(id) AS name FROM unnest(buyers) AS given(id) ORDER BY name) AS sorted;
      RETURN QUERY
        SELECT id, (
                 SELECT count(*) FROM (
                   SELECT FROM orders
                    WHERE user_id = given.id AND status IN ('CREATED', 'PAYMENT_PENDING', 'PAYMENT_FAILED')
                    LIMIT most) AS open)
          FROM (SELECT DISTINCT id FROM unnest(buyers) AS given(id)) AS given;
    END $$`;
}
