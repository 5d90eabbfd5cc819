import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Returns how many unpaid orders users have, `most` at most, to one writer of a user at a time. The users are locked
 * until the commit, always in the same order. The count sees what the last holder of a lock has committed, because each
 * statement of a volatile function has a snapshot of its own.
 */
export class UnpaidOrdersOf1763800000022 implements MigrationInterface {
  name = "UnpaidOrdersOf1763800000022";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION unpaid_orders_of(buyers uuid[], most integer) RETURNS TABLE (buyer uuid, unpaid bigint)
      LANGUAGE plpgsql VOLATILE AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('unpaid orders'), name)
           FROM (SELECT DISTINCT uuid_hash(id) AS name FROM unnest(buyers) AS given(id) ORDER BY name) AS sorted;
        RETURN QUERY
          SELECT id, (
                   SELECT count(*) FROM (
                     SELECT FROM orders
                      WHERE user_id = given.id AND status IN ('CREATED', 'PAYMENT_PENDING', 'PAYMENT_FAILED')
                      LIMIT most) AS open)
            FROM (SELECT DISTINCT id FROM unnest(buyers) AS given(id)) AS given;
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION unpaid_orders_of`);
  }
}
