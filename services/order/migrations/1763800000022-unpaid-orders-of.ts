import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * How many unpaid orders a user has, `most` at most, told to one writer of this user at a time: the lock is held until
 * the commit, and what the last holder committed is seen, for each statement of a volatile function has a snapshot of
 * its own.
 */
export class UnpaidOrdersOf1763800000022 implements MigrationInterface {
  name = "UnpaidOrdersOf1763800000022";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION unpaid_orders_of(buyer uuid, most integer) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('unpaid orders'), uuid_hash(buyer));
        RETURN (SELECT count(*) FROM (
                  SELECT FROM orders
                   WHERE user_id = buyer AND status IN ('CREATED', 'PAYMENT_PENDING', 'PAYMENT_FAILED')
                   LIMIT most) AS open);
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION unpaid_orders_of`);
  }
}
