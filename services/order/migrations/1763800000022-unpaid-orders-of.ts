import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * How many unpaid orders users have, `most` at most, told to one writer of a user at a time: the users are locked until
 * the commit, always in the same order, and what the last holder of a lock committed is seen, for each statement of a
 * volatile function has a snapshot of its own.
 */
export class UnpaidOrdersOf1763800000022 implements MigrationInterface {
  name = "UnpaidOrdersOf1763800000022";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION unpaid_orders_of(buyers uuid[], most integer) RETURNS TABLE (buyer uuid, unpaid bigint)
      LANGUAGE plpgsql VOLATILE AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('unpaid orders'), name)
           FROM (SELECT DISTINCT uuid_hash(id) AS name FROM unnest(buyers) AS asked(id) ORDER BY name) AS sorted;
        RETURN QUERY
          SELECT id, (
                   SELECT count(*) FROM (
                     SELECT FROM orders
                      WHERE user_id = asked.id AND status IN ('CREATED', 'PAYMENT_PENDING', 'PAYMENT_FAILED')
                      LIMIT most) AS open)
            FROM (SELECT DISTINCT id FROM unnest(buyers) AS asked(id)) AS asked;
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION unpaid_orders_of`);
  }
}
