import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * The history of payments stays append-only, but for its texts and addresses: a function, which runs with the rights of
 * the tables' owner, overwrites those of one user.
 */
export class PaymentErasure1764000000120 implements MigrationInterface {
  name = "PaymentErasure1764000000120";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION reject_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_TABLE_NAME = 'payment_event' AND TG_OP = 'UPDATE'
           AND current_setting('till.erasure', true) = 'on' THEN RETURN NULL; END IF;
        RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
      END $$`);
    await runner.query(`
      CREATE FUNCTION reject_change_beyond_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF to_jsonb(NEW) - 'reason' - 'peer_address' IS DISTINCT FROM to_jsonb(OLD) - 'reason' - 'peer_address' THEN
          RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER erasure_only BEFORE UPDATE ON payment_event
        FOR EACH ROW EXECUTE FUNCTION reject_change_beyond_erasure()`);
    await runner.query(`ALTER TABLE payment_event ENABLE ALWAYS TRIGGER erasure_only`);
    await runner.query(`
      DO $do$
      BEGIN
        EXECUTE format($create$
          CREATE FUNCTION erase_payment_history(of_user text, tombstone text) RETURNS void
          LANGUAGE plpgsql SECURITY DEFINER SET search_path = %I, pg_temp AS $body$
          BEGIN
            PERFORM set_config('till.erasure', 'on', true);
            UPDATE payment_event
               SET reason = CASE reason WHEN '' THEN '' ELSE tombstone END,
                   peer_address = CASE WHEN peer_address IS NOT NULL THEN tombstone END
             WHERE user_id = of_user AND (reason NOT IN ('', tombstone) OR peer_address <> tombstone);
            PERFORM set_config('till.erasure', 'off', true);
          END $body$ $create$, current_schema());
      END $do$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION erase_payment_history`);
    await runner.query(`DROP TRIGGER erasure_only ON payment_event`);
    await runner.query(`DROP FUNCTION reject_change_beyond_erasure`);
    await runner.query(`
      CREATE OR REPLACE FUNCTION reject_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
      END $$`);
  }
}
