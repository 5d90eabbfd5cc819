import type { MigrationInterface, QueryRunner } from "typeorm";

/** Names the locks of unpaid_orders_of after the schema: an advisory lock is the whole database's. */
export class UnpaidOrdersLock1764100000030 implements MigrationInterface {
  name = "UnpaidOrdersLock1764100000030";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(unpaidOrdersOf("current_schema() || ' unpaid orders'"));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(unpaidOrdersOf("'unpaid orders'"));
  }
}

/** The function of the migration before, with another name of its locks. */
function unpaidOrdersOf(lock: string): string {
  return `
    CREATE OR REPLACE FUNCTION unpaid_orders_of(buyers text[], most integer)
    RETURNS TABLE (buyer text, unpaid bigint) LANGUAGE plpgsql VOLATILE AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtext(${lock}), name)
         FROM (SELECT DISTINCT hashtext(id) AS name FROM unnest(buyers) AS given(id) ORDER BY name) AS sorted;
      RETURN QUERY
        SELECT id, (
                 SELECT count(*) FROM (
                   SELECT FROM orders
                    WHERE user_id = given.id AND status IN ('CREATED', 'PAYMENT_PENDING', 'PAYMENT_FAILED')
                    LIMIT most) AS open)
          FROM (SELECT DISTINCT id FROM unnest(buyers) AS given(id)) AS given;
    END $$`;
}
