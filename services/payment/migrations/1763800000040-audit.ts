import type { MigrationInterface, QueryRunner } from "typeorm";

/** Tables that permit inserts only: to change an old row takes a change of the schema. */
const appendOnly = ["audit_entry", "audit_seal", "payment_event"];

/**
 * The audit log, its chain of hashes, and the role the service runs under. An audit entry is queued for its chain
 * entry in the same transaction, so that each has one chain entry, whatever the order in which transactions commit.
 */
export class Audit1763800000040 implements MigrationInterface {
  name = "Audit1763800000040";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_entry (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        action text NOT NULL,
        subject text NOT NULL,
        user_id text NOT NULL,
        origin text NOT NULL,
        result text NOT NULL,
        request_id text NOT NULL,
        details text NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE audit_unsealed (seq bigint NOT NULL)
        WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
          autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false)`);
    await runner.query(`
      CREATE TABLE audit_seal (
        n bigint PRIMARY KEY CHECK (n >= 1),
        entry_seq bigint NOT NULL UNIQUE,
        hash bytea NOT NULL CHECK (length(hash) = 32)
      )`);
    await runner.query(`
      WITH earlier AS (
        INSERT INTO audit_entry (at, actor, action, subject, user_id, origin, result, request_id, details)
        SELECT created_at, actor, type, payment_id, user_id, '', to_status, '',
            json_build_object('version', version, 'from', from_status, 'reason', reason)
          FROM payment_event ORDER BY created_at, payment_id, version, position
        RETURNING seq
      )
      INSERT INTO audit_unsealed SELECT seq FROM earlier`);
    await runner.query(`
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
      END $$`);
    for (const table of appendOnly) {
      await runner.query(`
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
          FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
      await runner.query(`ALTER TABLE ${table} ENABLE ALWAYS TRIGGER append_only`);
    }
    await runner.query(createRole);
    await runner.query(grantRights);
  }

  /** The role stays: it belongs to the server, and other databases on it may know it. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(revokeRights);
    await runner.query(`DROP TRIGGER append_only ON payment_event`);
    for (const table of ["audit_seal", "audit_unsealed", "audit_entry"])
      await runner.query(`DROP TABLE ${table}`);
    await runner.query(`DROP FUNCTION refuse_change`);
  }
}

/**
 * Roles belong to the whole server, so several databases may create this one at once. A user that may not create
 * roles goes without; the service then says so in its log when it starts.
 */
const createRole = `
  DO $$
  DECLARE
    may_take text;
  BEGIN
    FOR try IN 1..20 LOOP
      BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'till_payment_app') THEN
          CREATE ROLE till_payment_app NOLOGIN;
        END IF;
        -- Until Postgres 15 every member may take on a role.
        may_take := CASE WHEN current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END;
        IF NOT pg_has_role(current_user, 'till_payment_app', may_take) THEN
          EXECUTE format('GRANT till_payment_app TO %I', current_user);
        END IF;
        RETURN;
      EXCEPTION
        WHEN insufficient_privilege THEN
          RAISE WARNING 'no role till_payment_app: %', SQLERRM;
          RETURN;
        WHEN OTHERS THEN -- another database was quicker: look again
          IF try = 20 THEN RAISE; END IF;
          PERFORM pg_sleep(0.05 * random());
      END;
    END LOOP;
  END $$`;

/** Tables that later migrations create are the service's to use; what it must not change there, they take away. */
const grantRights = `
  DO $$
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'till_payment_app') THEN RETURN; END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO till_payment_app', current_schema());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO till_payment_app',
      current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I
      GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO till_payment_app', current_schema());
    REVOKE UPDATE, DELETE ON ${appendOnly.join(", ")} FROM till_payment_app;
    REVOKE DELETE ON payment, operation FROM till_payment_app;
    REVOKE ALL ON migrations FROM till_payment_app;
  END $$`;

const revokeRights = `
  DO $$
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'till_payment_app') THEN RETURN; END IF;
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I REVOKE ALL ON TABLES FROM till_payment_app',
      current_schema());
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM till_payment_app', current_schema());
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM till_payment_app', current_schema());
  END $$`;
