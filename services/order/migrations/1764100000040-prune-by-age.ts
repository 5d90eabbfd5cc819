import { pruningIndexes } from "@till/events/tables";
import type { MigrationInterface, QueryRunner } from "typeorm";

/** By which old rows are found: events of the inbox, discarded dead letters, idempotency keys, finished jobs. */
export class PruneByAge1764100000040 implements MigrationInterface {
  name = "PruneByAge1764100000040";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of pruningIndexes) await runner.query(statement);
    await runner.query(`CREATE INDEX idempotency_key_by_created_at ON idempotency_key (created_at)`);
    await runner.query(`CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const ofEvents = ["dead_letter_discarded", "inbox_by_received_at"];
    for (const index of ["job_finished", "idempotency_key_by_created_at", ...ofEvents])
      await runner.query(`DROP INDEX ${index}`);
  }
}
