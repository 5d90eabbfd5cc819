import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * The whole life of a payment: authorizations, captures, voids and refunds. Each of the last three is a row of
 * `operation`, inserted before the provider call; the payment's row reserves the amount of a pending capture or
 * refund, and checks its sums. Providers' tokens are stored no longer.
 */
export class PaymentLifecycle1763800000010 implements MigrationInterface {
  name = "PaymentLifecycle1763800000010";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE payment
        DROP COLUMN provider_token,
        ADD COLUMN wants_capture boolean NOT NULL DEFAULT true,
        ADD COLUMN is_unwanted boolean NOT NULL DEFAULT false,
        ADD COLUMN action_url text,
        ADD COLUMN payment_method_id uuid,
        ADD COLUMN card_brand text,
        ADD COLUMN card_last4 text CHECK (card_last4 ~ '^[0-9]{4}$'),
        ADD COLUMN card_exp_month integer,
        ADD COLUMN card_exp_year integer,
        ADD COLUMN capturing_minor bigint NOT NULL DEFAULT 0 CHECK (capturing_minor >= 0),
        ADD COLUMN refunding_minor bigint NOT NULL DEFAULT 0 CHECK (refunding_minor >= 0),
        ADD COLUMN check_tries integer NOT NULL DEFAULT 0,
        DROP CONSTRAINT payment_check,
        DROP CONSTRAINT payment_check7,
        ADD CONSTRAINT payment_authorized CHECK
          (authorized_minor BETWEEN 0 AND amount_minor OR status IN ('FAILED', 'VOIDED')),
        ADD CONSTRAINT payment_captured CHECK
          (CASE WHEN status IN ('PROCESSED', 'PARTIALLY_REFUNDED', 'REFUNDED') THEN captured_minor > 0
                WHEN status IN ('AUTHORIZED', 'VOIDED', 'FAILED') THEN true ELSE captured_minor = 0 END),
        ADD CONSTRAINT payment_refunded CHECK ((status = 'REFUNDED') <= (refunded_minor = captured_minor)),
        ADD CHECK (captured_minor + capturing_minor <= authorized_minor),
        ADD CHECK (refunded_minor + refunding_minor <= captured_minor),
        ADD CHECK ((status = 'REQUIRES_ACTION') = (action_url IS NOT NULL)),
        ADD CHECK (num_nulls(card_brand, card_last4, card_exp_month, card_exp_year) IN (0, 4))`);
    await runner.query(`DROP INDEX payment_to_resolve`);
    await runner.query(`
      CREATE INDEX payment_to_resolve ON payment (check_at)
       WHERE status IN ('PENDING', 'UNKNOWN', 'REQUIRES_ACTION')`);
    await runner.query(`
      ALTER TABLE payment_event
        ADD COLUMN amount_minor bigint,
        ADD COLUMN origin text,
        ADD COLUMN request_id text`);
    await runner.query(`
      CREATE TABLE operation (
        user_id uuid NOT NULL,
        id uuid NOT NULL,
        payment_id uuid NOT NULL,
        order_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('capture', 'void', 'refund')),
        status text NOT NULL CHECK (status IN ('PENDING', 'SUCCEEDED', 'FAILED')),
        currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        amount_minor bigint NOT NULL CHECK
          (amount_minor > 0 OR amount_minor = 0 AND (kind = 'void' OR status = 'FAILED')),
        scope text,
        order_refund_id text,
        caller_id text,
        idempotency_key text CHECK (length(idempotency_key) BETWEEN 1 AND 255),
        request_hash text,
        reason text NOT NULL,
        transaction_id text,
        failure_code text,
        failure_reason text,
        retryable boolean,
        attempt_until timestamptz,
        check_at timestamptz NOT NULL,
        check_tries integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CHECK (num_nulls(caller_id, idempotency_key, request_hash) IN (0, 3)),
        CHECK ((status = 'FAILED') = (failure_code IS NOT NULL)),
        CHECK (num_nulls(failure_code, failure_reason, retryable) IN (0, 3)),
        PRIMARY KEY (user_id, id),
        FOREIGN KEY (user_id, payment_id) REFERENCES payment (user_id, id)
      )`);
    await runner.query(`CREATE INDEX operation_by_payment ON operation (user_id, payment_id, created_at)`);
    await runner.query(`CREATE UNIQUE INDEX operation_by_key ON operation (caller_id, idempotency_key)`);
    // A scope, such as an order's refund or an orphaned charge, has at most one operation.
    await runner.query(`CREATE UNIQUE INDEX operation_by_scope ON operation (user_id, payment_id, scope)`);
    await runner.query(`
      CREATE UNIQUE INDEX operation_void_under_way ON operation (user_id, payment_id)
       WHERE kind = 'void' AND status = 'PENDING'`);
    await runner.query(`CREATE INDEX operation_to_resolve ON operation (check_at) WHERE status = 'PENDING'`);
  }

  /** Payments that the schema before this one could not hold stay as they are: its checks are not made of them. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE operation`);
    await runner.query(`
      ALTER TABLE payment_event DROP COLUMN amount_minor, DROP COLUMN origin, DROP COLUMN request_id`);
    await runner.query(`DROP INDEX payment_to_resolve`);
    await runner.query(
      `CREATE INDEX payment_to_resolve ON payment (check_at) WHERE status IN ('PENDING', 'UNKNOWN')`,
    );
    await runner.query(`
      ALTER TABLE payment
        ADD COLUMN provider_token text,
        DROP CONSTRAINT payment_authorized, DROP CONSTRAINT payment_captured, DROP CONSTRAINT payment_refunded,
        ADD CONSTRAINT payment_check CHECK (authorized_minor BETWEEN 0 AND amount_minor) NOT VALID,
        ADD CONSTRAINT payment_check7 CHECK
          ((status IN ('PROCESSED', 'PARTIALLY_REFUNDED', 'REFUNDED')) = (captured_minor > 0)) NOT VALID,
        DROP COLUMN wants_capture, DROP COLUMN is_unwanted, DROP COLUMN action_url, DROP COLUMN payment_method_id,
        DROP COLUMN card_brand, DROP COLUMN card_last4, DROP COLUMN card_exp_month, DROP COLUMN card_exp_year,
        DROP COLUMN capturing_minor, DROP COLUMN refunding_minor, DROP COLUMN check_tries`);
  }
}
