import { deadLetterOperations, eventTables, relayTables } from "@till/events/tables";
import type { MigrationInterface, QueryRunner } from "typeorm";

/** The tables packages/events needs in a consumer's database. */
export class EventTables1763700000000 implements MigrationInterface {
  name = "EventTables1763700000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...eventTables, ...deadLetterOperations, ...relayTables])
      await runner.query(statement);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error("the bench's databases are dropped as a whole"));
  }
}
