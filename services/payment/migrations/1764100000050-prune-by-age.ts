import { pruningIndexes } from "@till/events/tables";
import type { MigrationInterface, QueryRunner } from "typeorm";

/** By which old rows are found: events of the inbox, discarded dead letters, keys, abandoned provider events. */
export class PruneByAge1764100000050 implements MigrationInterface {
  name = "PruneByAge1764100000050";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of pruningIndexes) await runner.query(statement);
    await runner.query(
      `CREATE INDEX payment_method_request_by_created_at ON payment_method_request (created_at)`,
    );
    await runner.query(`
      CREATE INDEX provider_event_abandoned ON provider_event (received_at)
       WHERE handled_at IS NULL AND next_attempt_at IS NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const ofEvents = ["dead_letter_discarded", "inbox_by_received_at"];
    for (const index of ["provider_event_abandoned", "payment_method_request_by_created_at", ...ofEvents])
      await runner.query(`DROP INDEX ${index}`);
  }
}
