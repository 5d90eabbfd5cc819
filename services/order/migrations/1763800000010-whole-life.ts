import type { MigrationInterface, QueryRunner } from "typeorm";

/** What the rest of an order's life needs: refunds, shipment, seats, goods in stock, one live purchase of a course. */
export class WholeLife1763800000010 implements MigrationInterface {
  name = "WholeLife1763800000010";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders
        ADD prior_status text CHECK (prior_status IN ('PAID', 'READY_TO_SHIP', 'DELIVERED', 'COMPLETED', 'CANCELLED',
          'RETURNED')),
        ADD refund_id uuid,
        ADD carrier text,
        ADD tracking_number text,
        ADD delivered_at timestamptz,
        ADD completed_at timestamptz,
        ADD stock_state text CHECK (stock_state IN ('RESERVED', 'COMMITTED', 'RELEASED', 'MISSING')),
        ADD stock_due text CHECK (stock_due IN ('COMMIT', 'RELEASE')),
        ADD inventory_released_at timestamptz,
        ADD CHECK ((status IN ('REFUND_REQUESTED', 'REFUND_PENDING')) = (prior_status IS NOT NULL)),
        ADD CHECK ((status = 'REFUNDED') <= (refunded_minor = captured_minor)),
        ADD CHECK (num_nulls(carrier, tracking_number) IN (0, 2))`);
    await runner.query(`
      ALTER TABLE order_items
        ADD refunded_minor bigint NOT NULL DEFAULT 0,
        ADD live boolean NOT NULL DEFAULT true,
        ADD offer_id text,
        ADD booking_status text CHECK (booking_status IN ('HELD', 'CONFIRMED', 'COMPLETED', 'NO_SHOW', 'CANCELLED',
          'EXPIRED')),
        ADD CHECK (refunded_minor BETWEEN 0 AND unit_price_minor * quantity),
        ADD CHECK ((kind = 'SESSION') = (booking_status IS NOT NULL))`);
    await runner.query(`ALTER TABLE order_event ADD amount_minor bigint`);
    // A history is added to and never changed.
    await runner.query(`
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$`);
    await runner.query(`
      CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_event
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
    await runner.query(`
      CREATE TABLE order_refund (
        user_id uuid NOT NULL,
        order_id uuid NOT NULL,
        id uuid NOT NULL,
        state text NOT NULL CHECK (state IN ('REQUESTED', 'REJECTED', 'CLOSED', 'APPROVED', 'SETTLED', 'FAILED')),
        reason text NOT NULL,
        amount_minor bigint CHECK (amount_minor > 0),
        items jsonb NOT NULL,
        remark text NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CHECK ((state IN ('APPROVED', 'SETTLED', 'FAILED')) <= (amount_minor IS NOT NULL)),
        PRIMARY KEY (user_id, order_id, id)
      )`);
    // One live purchase of a course per user; the index also finds an earlier purchase.
    await runner.query(`
      CREATE UNIQUE INDEX one_live_purchase ON order_items (user_id, ref_id) WHERE live AND kind = 'DIGITAL_COURSE'`);
    await runner.query(`CREATE UNIQUE INDEX bookings_by_id ON order_items (id) WHERE kind = 'SESSION'`);
    await runner.query(`CREATE INDEX bookings_by_user ON order_items (user_id, id) WHERE kind = 'SESSION'`);
    await runner.query(`CREATE INDEX bookings_by_session ON order_items (ref_id, id) WHERE kind = 'SESSION'`);
    await runner.query(`
      CREATE INDEX orders_unpaid_by_user ON orders (user_id)
       WHERE status IN ('CREATED', 'PAYMENT_PENDING', 'PAYMENT_FAILED')`);
    await runner.query(`
      CREATE INDEX orders_to_refund ON orders (id)
       WHERE status IN ('CANCELLED', 'RETURNED') AND captured_minor > refunded_minor`);
    await runner.query(`CREATE INDEX orders_stock_due ON orders (updated_at) WHERE stock_due IS NOT NULL`);
    await runner.query(`CREATE INDEX orders_delivered ON orders (delivered_at) WHERE status = 'DELIVERED'`);
    await runner.query(`CREATE INDEX orders_refunded ON orders (id) WHERE refunded_minor > 0`);
    // Seats belong to a session, not to a user: this row is what buyers of the last seat meet at.
    await runner.query(`
      CREATE TABLE session_seats (
        session_id uuid PRIMARY KEY,
        capacity integer NOT NULL CHECK (capacity >= 0),
        taken integer NOT NULL DEFAULT 0 CHECK (taken BETWEEN 0 AND capacity)
      )`);
    // The record of a stock reservation whose order is not written yet; an abandoned one is released.
    await runner.query(`
      CREATE TABLE stock_intent (
        order_id uuid PRIMARY KEY,
        state text NOT NULL CHECK (state IN ('OPEN', 'RELEASING')),
        due_at timestamptz NOT NULL
      )`);
    await runner.query(`CREATE INDEX stock_intent_due ON stock_intent (due_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ["stock_intent", "session_seats", "order_refund"])
      await runner.query(`DROP TABLE ${table}`);
    const indexes = ["one_live_purchase", "bookings_by_id", "bookings_by_user", "bookings_by_session"];
    const ofOrders = ["unpaid_by_user", "to_refund", "stock_due", "delivered", "refunded"];
    for (const index of [...indexes, ...ofOrders.map((name) => `orders_${name}`)])
      await runner.query(`DROP INDEX ${index}`);
    await runner.query(`DROP TRIGGER append_only ON order_event`);
    await runner.query(`DROP FUNCTION refuse_change`);
    await runner.query(`ALTER TABLE order_event DROP amount_minor`);
    await runner.query(
      `ALTER TABLE order_items DROP refunded_minor, DROP live, DROP offer_id, DROP booking_status`,
    );
    await runner.query(`
      ALTER TABLE orders DROP prior_status, DROP refund_id, DROP carrier, DROP tracking_number, DROP delivered_at,
        DROP completed_at, DROP stock_state, DROP stock_due, DROP inventory_released_at`);
  }
}
