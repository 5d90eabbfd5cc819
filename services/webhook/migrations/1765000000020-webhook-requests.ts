import type { MigrationInterface, QueryRunner } from "typeorm";

/** The requests made under idempotency keys. They outlast what they made, so that a repeat makes nothing again. */
export class WebhookRequests1765000000020 implements MigrationInterface {
  name = "WebhookRequests1765000000020";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE webhook_request (
        caller_id text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        request_hash text NOT NULL,
        endpoint_id uuid NOT NULL,
        made_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (caller_id, key)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE webhook_request`);
  }
}
