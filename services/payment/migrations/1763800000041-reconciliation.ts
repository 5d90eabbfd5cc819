import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Reconciliations with what they found, and the copy of the provider's ledger each works on; and the indexes by which
 * payments are listed and reconciled: by order, by a status out of the ordinary course, by time.
 */
export class Reconciliation1763800000041 implements MigrationInterface {
  name = "Reconciliation1763800000041";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE reconciliation (
        id uuid PRIMARY KEY,
        caller_id text,
        idempotency_key text CHECK (length(idempotency_key) BETWEEN 1 AND 255),
        request_hash text,
        from_at timestamptz NOT NULL,
        until_at timestamptz NOT NULL,
        repairs boolean NOT NULL,
        status text NOT NULL CHECK (status IN ('RUNNING', 'CLEAN', 'MISMATCHED', 'FAILED')),
        matched integer NOT NULL DEFAULT 0 CHECK (matched >= 0),
        mismatched integer NOT NULL DEFAULT 0 CHECK (mismatched >= 0),
        problem text,
        lease_until timestamptz NOT NULL,
        started_at timestamptz NOT NULL,
        finished_at timestamptz,
        CHECK (from_at < until_at),
        CHECK ((status = 'RUNNING') = (finished_at IS NULL)),
        CHECK (num_nulls(caller_id, idempotency_key, request_hash) IN (0, 3)),
        UNIQUE (caller_id, idempotency_key)
      )`);
    await runner.query(`
      CREATE UNIQUE INDEX reconciliation_under_way ON reconciliation (from_at, until_at)
       WHERE status = 'RUNNING'`);
    await runner.query(`
      CREATE TABLE reconciliation_mismatch (
        reconciliation_id uuid NOT NULL REFERENCES reconciliation (id),
        n integer NOT NULL CHECK (n >= 1),
        payment_id text NOT NULL,
        order_id text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('AMOUNT', 'MISSING_HERE', 'MISSING_THERE', 'DUPLICATE', 'WRONG_STATE')),
        here text NOT NULL,
        there text NOT NULL,
        repaired boolean NOT NULL,
        PRIMARY KEY (reconciliation_id, n)
      )`);
    // Work in progress: a run that a crash has cut short is not gone on with.
    await runner.query(`
      CREATE UNLOGGED TABLE reconciliation_entry (
        reconciliation_id uuid NOT NULL,
        payment_id text NOT NULL,
        entry_id text NOT NULL,
        order_id text NOT NULL,
        type text NOT NULL,
        currency text NOT NULL,
        amount_minor bigint NOT NULL,
        key text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (reconciliation_id, payment_id, entry_id)
      )`);
    await runner.query(`
      CREATE UNLOGGED TABLE reconciliation_payment (
        reconciliation_id uuid NOT NULL,
        payment_id uuid NOT NULL,
        PRIMARY KEY (reconciliation_id, payment_id)
      )`);
    // Services and admins look for an order's payments without knowing whose they are.
    await runner.query(`DROP INDEX payment_by_order`);
    await runner.query(`CREATE INDEX payment_by_order ON payment (order_id, id)`);
    await runner.query(`
      CREATE INDEX payment_by_status ON payment (status, id)
       WHERE status IN ('REQUIRES_ACTION', 'AUTHORIZED', 'FAILED', 'VOIDED', 'UNKNOWN', 'PARTIALLY_REFUNDED',
         'REFUNDED')`);
    // Payments are written in the order of time: a range of blocks is as good as an index, and costs nothing.
    await runner.query(
      `CREATE INDEX payment_by_time ON payment USING brin (created_at) WITH (autosummarize = on)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const index of ["payment_by_time", "payment_by_status", "payment_by_order"])
      await runner.query(`DROP INDEX ${index}`);
    await runner.query(`CREATE INDEX payment_by_order ON payment (user_id, order_id)`);
    for (const table of ["payment", "entry", "mismatch"])
      await runner.query(`DROP TABLE reconciliation_${table}`);
    await runner.query(`DROP TABLE reconciliation`);
  }
}
