import { deadLetterOperations, eventTables, relayTables } from "@till/events/tables";
import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Endpoints, their secrets, and the deliveries to them. A row of webhook_queue is an order with deliveries to an endpoint
 * that have not ended: it is what a sender leases, so that of one order one delivery is under way at a time.
 */
export class CreateWebhooks1765000000010 implements MigrationInterface {
  name = "CreateWebhooks1765000000010";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE webhook_endpoint (
        id uuid PRIMARY KEY,
        owner_id text COLLATE "C" NOT NULL,
        url text NOT NULL CHECK (length(url) <= 4096),
        event_types text[] NOT NULL CHECK (cardinality(event_types) > 0),
        description text NOT NULL,
        disabled_reason text CHECK (disabled_reason IN ('CALLER', 'GONE')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE INDEX webhook_endpoint_by_owner ON webhook_endpoint (owner_id, id)`);
    await runner.query(`
      CREATE TABLE webhook_secret (
        id uuid PRIMARY KEY,
        endpoint_id uuid NOT NULL REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
        key_id text NOT NULL,
        nonce bytea NOT NULL CHECK (length(nonce) = 12),
        ciphertext bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz
      )`);
    await runner.query(`CREATE INDEX webhook_secret_by_endpoint ON webhook_secret (endpoint_id, id)`);
    await runner.query(`
      CREATE TABLE webhook_delivery (
        id uuid PRIMARY KEY,
        position bigint GENERATED ALWAYS AS IDENTITY,
        endpoint_id uuid NOT NULL REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
        order_id text COLLATE "C" NOT NULL,
        event_id text COLLATE "C" NOT NULL,
        event_type text NOT NULL,
        payload text NOT NULL,
        status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'DELIVERED', 'FAILED')),
        attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz,
        CHECK ((status = 'PENDING') = (ended_at IS NULL))
      )`);
    await runner.query(`CREATE INDEX webhook_delivery_by_endpoint ON webhook_delivery (endpoint_id, id)`);
    await runner.query(
      `CREATE INDEX webhook_delivery_by_status ON webhook_delivery (endpoint_id, status, id)`,
    );
    await runner.query(`
      CREATE INDEX webhook_delivery_pending ON webhook_delivery (endpoint_id, order_id, position)
       WHERE status = 'PENDING'`);
    await runner.query(
      `CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_at) WHERE ended_at IS NOT NULL`,
    );
    await runner.query(`
      CREATE TABLE webhook_attempt (
        delivery_id uuid NOT NULL REFERENCES webhook_delivery (id) ON DELETE CASCADE,
        number integer NOT NULL CHECK (number >= 1),
        sent_at timestamptz NOT NULL,
        status_code integer,
        error text,
        duration_ms integer NOT NULL CHECK (duration_ms >= 0),
        CHECK (num_nulls(status_code, error) = 1),
        PRIMARY KEY (delivery_id, number)
      )`);
    await runner.query(`
      CREATE TABLE webhook_queue (
        endpoint_id uuid NOT NULL REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
        order_id text COLLATE "C" NOT NULL,
        tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        lease_expires_at timestamptz,
        PRIMARY KEY (endpoint_id, order_id)
      )`);
    await runner.query(`CREATE INDEX webhook_queue_due ON webhook_queue (endpoint_id, next_attempt_at)`);
    for (const statement of [...eventTables, ...deadLetterOperations, ...relayTables])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ["rejected_event", "lease", "dead_letter", "parked_event", "inbox", "outbox"])
      await runner.query(`DROP TABLE ${table}`);
    for (const name of ["queue", "attempt", "delivery", "secret", "endpoint"])
      await runner.query(`DROP TABLE webhook_${name}`);
  }
}
