import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Tells the planner that `attempts_of` returns few rows. It takes a function for one that returns a thousand, and with
 * them a plan for just the payments of one execution for so much cheaper that it plans each execution anew.
 */
export class RowsOfAttempts1764100000060 implements MigrationInterface {
  name = "RowsOfAttempts1764100000060";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER FUNCTION attempts_of ROWS 10");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER FUNCTION attempts_of ROWS 1000");
  }
}
