import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Stored cards, and the number of attempts to pay. The provider's token is encrypted, and is deleted when a card is
 * removed; what may be shown stays for the history. Postgres itself ensures one default a user, and no card twice.
 */
export class StorePaymentMethods1763800000030 implements MigrationInterface {
  name = "StorePaymentMethods1763800000030";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment_method (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        brand text NOT NULL CHECK (length(brand) <= 100),
        last4 text NOT NULL CHECK (last4 ~ '^[0-9]{4}$'),
        exp_month integer NOT NULL CHECK (exp_month BETWEEN 1 AND 12),
        exp_year integer NOT NULL CHECK (exp_year BETWEEN 2000 AND 9999),
        is_default boolean NOT NULL,
        key_id text,
        nonce bytea CHECK (length(nonce) = 12),
        sealed bytea,
        fingerprint bytea,
        created_at timestamptz NOT NULL,
        removed_at timestamptz,
        CHECK (num_nulls(key_id, nonce, sealed, fingerprint) = CASE WHEN removed_at IS NULL THEN 0 ELSE 4 END),
        CHECK (NOT (is_default AND removed_at IS NOT NULL)),
        PRIMARY KEY (user_id, id)
      )`);
    await runner.query(`CREATE INDEX payment_method_by_id ON payment_method (id)`);
    await runner.query(
      `CREATE UNIQUE INDEX payment_method_default ON payment_method (user_id) WHERE is_default`,
    );
    await runner.query(
      `CREATE UNIQUE INDEX payment_method_once ON payment_method (user_id, fingerprint) WHERE removed_at IS NULL`,
    );
    await runner.query(
      `CREATE INDEX payment_method_by_key ON payment_method (key_id, user_id, id) WHERE removed_at IS NULL`,
    );
    await runner.query(`
      CREATE TABLE payment_method_request (
        caller_id text NOT NULL,
        idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 255),
        request_hash text NOT NULL,
        user_id uuid NOT NULL,
        method_id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (caller_id, idempotency_key)
      )`);
    // The last hour's attempts of one user: never more of them than the limit, so that a row stays small.
    await runner.query(`
      CREATE TABLE payment_attempts (
        user_id uuid PRIMARY KEY,
        attempts jsonb NOT NULL,
        latest_at timestamptz NOT NULL
      )`);
    await runner.query(`CREATE INDEX payment_attempts_latest ON payment_attempts (latest_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ["payment_attempts", "payment_method_request", "payment_method"])
      await runner.query(`DROP TABLE ${table}`);
  }
}
