import type { MigrationInterface, QueryRunner } from "typeorm";

/** A line keeps when its session begins and ends. */
export class SessionTimes1764000000010 implements MigrationInterface {
  name = "SessionTimes1764000000010";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE order_items ADD starts_at timestamptz, ADD ends_at timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE order_items DROP starts_at, DROP ends_at`);
  }
}
