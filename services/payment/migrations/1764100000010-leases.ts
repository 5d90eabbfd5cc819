import { relayTables } from "@till/events/tables";
import type { MigrationInterface, QueryRunner } from "typeorm";

/** Who does what one process does at a time, and the outgoing events that the bus rejects. */
export class Leases1764100000010 implements MigrationInterface {
  name = "Leases1764100000010";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of relayTables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE rejected_event");
    await runner.query("DROP TABLE lease");
  }
}
