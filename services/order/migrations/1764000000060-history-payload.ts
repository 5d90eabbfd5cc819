import type { MigrationInterface, QueryRunner } from "typeorm";

/** Each history entry has an id, a UUIDv7 of its time, and a payload: the details that its type has. */
export class HistoryPayload1764000000060 implements MigrationInterface {
  name = "HistoryPayload1764000000060";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE order_event ADD id uuid, ADD payload jsonb`);
    await runner.query(`ALTER TABLE order_event DISABLE TRIGGER append_only`);
    await runner.query(`UPDATE order_event SET id = ${uuidOfTime}`);
    await runner.query(`ALTER TABLE order_event ENABLE TRIGGER append_only`);
    await runner.query(`ALTER TABLE order_event ALTER id SET NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE order_event DROP id, DROP payload`);
  }
}

/** A UUIDv7 of the entry's time. Postgres before 18 has no function for it. */
const uuidOfTime = `
  (lpad(to_hex((extract(epoch FROM created_at) * 1000)::bigint), 12, '0')
    || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid`;
