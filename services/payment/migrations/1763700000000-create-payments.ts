import { eventTables } from "@till/events/tables";
import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Payments and their history. Money is minor units of the payment's currency; its sums are guarded here as well.
 * A payment has its request's idempotency key, so that of concurrent requests with one key a single insert succeeds.
 */
export class CreatePayments1763700000000 implements MigrationInterface {
  name = "CreatePayments1763700000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        order_id uuid NOT NULL,
        caller_id text,
        idempotency_key text CHECK (length(idempotency_key) BETWEEN 1 AND 255),
        request_hash text,
        status text NOT NULL CHECK (status IN ('PENDING', 'REQUIRES_ACTION', 'AUTHORIZED', 'PROCESSED', 'FAILED',
          'VOIDED', 'UNKNOWN', 'PARTIALLY_REFUNDED', 'REFUNDED')),
        currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        authorized_minor bigint NOT NULL DEFAULT 0 CHECK (authorized_minor BETWEEN 0 AND amount_minor),
        captured_minor bigint NOT NULL DEFAULT 0 CHECK (captured_minor BETWEEN 0 AND authorized_minor),
        refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND captured_minor),
        method text NOT NULL,
        provider_token text,
        transaction_id text,
        failure_code text,
        failure_reason text,
        retryable boolean,
        attempt_until timestamptz,
        check_at timestamptz NOT NULL,
        version integer NOT NULL CHECK (version >= 1),
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        processed_at timestamptz,
        CHECK (num_nulls(caller_id, idempotency_key, request_hash) IN (0, 3)),
        CHECK ((status = 'FAILED') = (failure_code IS NOT NULL)),
        CHECK (num_nulls(failure_code, failure_reason, retryable) IN (0, 3)),
        CHECK ((captured_minor > 0) <= (transaction_id IS NOT NULL)),
        CHECK ((status IN ('PROCESSED', 'PARTIALLY_REFUNDED', 'REFUNDED')) = (captured_minor > 0)),
        CHECK (provider_token IS NULL OR status IN ('PENDING', 'REQUIRES_ACTION', 'AUTHORIZED', 'UNKNOWN')),
        PRIMARY KEY (user_id, id)
      )`);
    await runner.query(`CREATE INDEX payment_by_id ON payment (id)`);
    await runner.query(`CREATE INDEX payment_by_order ON payment (user_id, order_id)`);
    await runner.query(`CREATE UNIQUE INDEX payment_by_key ON payment (caller_id, idempotency_key)`);
    await runner.query(
      `CREATE UNIQUE INDEX payment_by_transaction ON payment (transaction_id) WHERE transaction_id IS NOT NULL`,
    );
    // One payment of an order at a time. By user as well: a payment for another user's order does not block its owner's.
    await runner.query(`
      CREATE UNIQUE INDEX payment_under_way ON payment (user_id, order_id)
       WHERE status IN ('PENDING', 'REQUIRES_ACTION', 'AUTHORIZED', 'UNKNOWN')`);
    await runner.query(
      `CREATE INDEX payment_to_resolve ON payment (check_at) WHERE status IN ('PENDING', 'UNKNOWN')`,
    );
    await runner.query(`
      CREATE TABLE payment_event (
        user_id uuid NOT NULL,
        payment_id uuid NOT NULL,
        version integer NOT NULL CHECK (version >= 1),
        position integer NOT NULL CHECK (position >= 1),
        type text NOT NULL,
        from_status text,
        to_status text NOT NULL,
        actor text NOT NULL,
        reason text NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (user_id, payment_id, version, position)
      )`);
    for (const statement of eventTables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ["dead_letter", "parked_event", "inbox", "outbox"])
      await runner.query(`DROP TABLE ${table}`);
    for (const table of ["payment_event", "payment"]) await runner.query(`DROP TABLE ${table}`);
  }
}
