import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Until when nothing is sent to an endpoint that requested a pause; when the delivery whose turn it is was attempted first, by
 * which it fails; and an index by which old entries of the inbox are found.
 */
export class WebhookPauses1765000000030 implements MigrationInterface {
  name = "WebhookPauses1765000000030";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE webhook_endpoint ADD COLUMN paused_until timestamptz`);
    await runner.query(`ALTER TABLE webhook_queue ADD COLUMN first_attempt_at timestamptz`);
    await runner.query(`CREATE INDEX inbox_by_received_at ON inbox (received_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX inbox_by_received_at`);
    await runner.query(`ALTER TABLE webhook_queue DROP COLUMN first_attempt_at`);
    await runner.query(`ALTER TABLE webhook_endpoint DROP COLUMN paused_until`);
  }
}
