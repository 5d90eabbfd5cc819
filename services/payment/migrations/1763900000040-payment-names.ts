import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Gives tables, columns, scopes and history entries the names of docs/glossary.md. Audit entries stay as they are: their
 * hashes cover values, not the names of columns, so the chain still verifies.
 */
export class PaymentNames1763900000040 implements MigrationInterface {
  name = "PaymentNames1763900000040";

  async up(runner: QueryRunner): Promise<void> {
    for (const [before, after] of tables) await renameTable(runner, before, after);
    for (const [table, before, after] of columns) await renameColumn(runner, table, before, after);
    for (const [before, after] of indexes) await runner.query(`ALTER INDEX ${before} RENAME TO ${after}`);
    await runner.query(`ALTER FUNCTION refuse_change RENAME TO reject_change`);
    await renameScopes(runner, "stray:", "orphaned:");
    await renameEntries(runner, "STRAY_CHARGE", "ORPHANED_CHARGE");
  }

  async down(runner: QueryRunner): Promise<void> {
    await renameEntries(runner, "ORPHANED_CHARGE", "STRAY_CHARGE");
    await renameScopes(runner, "orphaned:", "stray:");
    await runner.query(`ALTER FUNCTION reject_change RENAME TO refuse_change`);
    for (const [before, after] of indexes) await runner.query(`ALTER INDEX ${after} RENAME TO ${before}`);
    for (const [table, before, after] of columns) await renameColumn(runner, table, after, before);
    for (const [before, after] of tables) await renameTable(runner, after, before);
  }
}

const tables = [
  ["audit_seal", "audit_chain_entry"],
  ["audit_unsealed", "audit_chain_queue"],
] as const;

const columns = [
  ["payment", "attempt_until", "lease_expires_at"],
  ["payment", "is_unwanted", "must_reverse"],
  ["payment", "capturing_minor", "capture_pending_minor"],
  ["payment", "refunding_minor", "refund_pending_minor"],
  ["payment_event", "origin", "peer_address"],
  ["operation", "attempt_until", "lease_expires_at"],
  ["payment_method", "sealed", "encrypted_token"],
  ["audit_entry", "origin", "peer_address"],
  ["reconciliation", "lease_until", "lease_expires_at"],
] as const;

const indexes = [
  ["payment_to_resolve", "payment_to_recover"],
  ["operation_to_resolve", "operation_to_recover"],
] as const;

async function renameTable(runner: QueryRunner, before: string, after: string): Promise<void> {
  await runner.query(`ALTER TABLE ${before} RENAME TO ${after}`);
  await renameConstraints(runner, after, before, after);
}

async function renameColumn(runner: QueryRunner, table: string, before: string, after: string) {
  await runner.query(`ALTER TABLE ${table} RENAME ${before} TO ${after}`);
  await renameConstraints(runner, table, `${table}_${before}`, `${table}_${after}`);
}

/** Constraints have the names of their table and columns. */
async function renameConstraints(runner: QueryRunner, table: string, before: string, after: string) {
  await runner.query(`
    DO $$
    DECLARE name text;
    BEGIN
      FOR name IN SELECT conname FROM pg_constraint
          WHERE conrelid = '${table}'::regclass AND starts_with(conname::text, '${before}_') LOOP
        EXECUTE format('ALTER TABLE ${table} RENAME CONSTRAINT %I TO %I', name,
          '${after}' || substr(name, ${(before.length + 1).toString()}));
      END LOOP;
    END $$`);
}

async function renameScopes(runner: QueryRunner, before: string, after: string): Promise<void> {
  await runner.query(`
    UPDATE operation SET scope = '${after}' || substr(scope, ${(before.length + 1).toString()})
     WHERE starts_with(scope, '${before}')`);
}

/** The history is append-only for everything but this. */
async function renameEntries(runner: QueryRunner, before: string, after: string): Promise<void> {
  await runner.query(`ALTER TABLE payment_event DISABLE TRIGGER append_only`);
  await runner.query(`UPDATE payment_event SET type = '${after}' WHERE type = '${before}'`);
  await runner.query(`ALTER TABLE payment_event ENABLE ALWAYS TRIGGER append_only`);
}
