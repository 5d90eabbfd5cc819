import { eventTables } from "@till/events/tables";
import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Orders, their lines and history. Every key that must be unique across orders carries the user, so that the tables
 * can be distributed by user. Money is minor units of the order's currency.
 */
export class CreateOrders1763700000000 implements MigrationInterface {
  name = "CreateOrders1763700000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE orders (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        status text NOT NULL CHECK (status IN ('CREATED', 'PAYMENT_PENDING', 'PAYMENT_FAILED', 'PAID',
          'READY_TO_SHIP', 'SHIPPED', 'DELIVERED', 'COMPLETED', 'CANCELLED', 'RETURNED', 'REFUND_REQUESTED',
          'REFUND_PENDING', 'REFUNDED')),
        currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        total_minor bigint NOT NULL CHECK (total_minor > 0),
        shipping_fee_minor bigint NOT NULL DEFAULT 0 CHECK (shipping_fee_minor >= 0),
        discount_minor bigint NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
        captured_minor bigint NOT NULL DEFAULT 0 CHECK (captured_minor >= 0),
        refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0 AND refunded_minor <= captured_minor),
        version integer NOT NULL CHECK (version >= 1),
        payment_id uuid,
        failed_payments integer NOT NULL DEFAULT 0 CHECK (failed_payments >= 0),
        cancel_reason text CHECK (cancel_reason IN ('USER', 'ADMIN', 'EXPIRED', 'PAYMENT_FAILED')),
        details jsonb,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        CHECK ((status = 'CANCELLED') <= (cancel_reason IS NOT NULL)),
        PRIMARY KEY (user_id, id)
      )`);
    await runner.query(`CREATE INDEX orders_by_id ON orders (id)`);
    await runner.query(`CREATE INDEX orders_by_status ON orders (status, id)`);
    await runner.query(`
      CREATE TABLE order_items (
        user_id uuid NOT NULL,
        order_id uuid NOT NULL,
        id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('DIGITAL_COURSE', 'SESSION', 'PHYSICAL')),
        ref_id uuid NOT NULL,
        name text NOT NULL,
        quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 999),
        unit_price_minor bigint NOT NULL CHECK (unit_price_minor >= 0),
        PRIMARY KEY (user_id, order_id, id)
      )`);
    await runner.query(`CREATE INDEX order_items_by_ref ON order_items (ref_id, order_id)`);
    await runner.query(`
      CREATE TABLE order_event (
        user_id uuid NOT NULL,
        order_id uuid NOT NULL,
        version integer NOT NULL CHECK (version >= 1),
        position integer NOT NULL CHECK (position >= 1),
        type text NOT NULL,
        from_status text,
        to_status text NOT NULL,
        actor text NOT NULL,
        reason text NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (user_id, order_id, version, position)
      )`);
    await runner.query(`
      CREATE TABLE idempotency_key (
        caller_id text NOT NULL,
        key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
        request_hash text NOT NULL,
        user_id uuid NOT NULL,
        order_id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (caller_id, key)
      )`);
    for (const statement of eventTables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ["dead_letter", "parked_event", "inbox", "outbox"])
      await runner.query(`DROP TABLE ${table}`);
    for (const table of ["idempotency_key", "order_event", "order_items", "orders"]) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
