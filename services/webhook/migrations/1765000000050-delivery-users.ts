import type { MigrationInterface, QueryRunner } from "typeorm";

/** Whom a delivery's event is about, by which the personal text in it is found when the person is erased. */
export class DeliveryUsers1765000000050 implements MigrationInterface {
  name = "DeliveryUsers1765000000050";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE webhook_delivery ADD COLUMN user_id text COLLATE "C"`);
    await runner.query(`UPDATE webhook_delivery SET user_id = payload::json #>> '{data,userId}'`);
    await runner.query(`CREATE INDEX webhook_delivery_by_user ON webhook_delivery (user_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE webhook_delivery DROP COLUMN user_id`);
  }
}
