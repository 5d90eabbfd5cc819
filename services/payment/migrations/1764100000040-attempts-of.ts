import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Counts attempts to pay where payments are inserted, in the same statement: the function locks its users, in the order of
 * their ids, and reads then, so that it sees what other processes have committed. The schema is part of the lock's name.
 */
export class AttemptsOf1764100000040 implements MigrationInterface {
  name = "AttemptsOf1764100000040";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION attempts_of(payers text[], times timestamptz[], most integer)
      RETURNS TABLE (payer text, made_at timestamptz, card text) LANGUAGE plpgsql VOLATILE AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || ' payments of ' || id, 0))
           FROM (SELECT DISTINCT id FROM unnest(payers) AS given(id) ORDER BY id) AS sorted;
        RETURN QUERY
          SELECT recent.*
            FROM unnest(payers, times) AS given(id, at)
           CROSS JOIN LATERAL (
             SELECT p.user_id, p.created_at, p.card_hash FROM payment p
              WHERE p.user_id = given.id AND p.created_at > given.at - interval '1 hour'
                AND p.status IN ('PENDING', 'REQUIRES_ACTION', 'UNKNOWN', 'FAILED', 'VOIDED')
                AND p.caller_id IS NOT NULL
                AND CASE p.status WHEN 'PENDING' THEN p.lease_expires_at IS NOT NULL
                                  WHEN 'FAILED' THEN p.failure_code <> 'provider_timeout'
                                  WHEN 'VOIDED' THEN p.authorized_minor = 0
                                  ELSE true END
              ORDER BY p.created_at DESC LIMIT most
           ) recent;
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP FUNCTION attempts_of");
  }
}
