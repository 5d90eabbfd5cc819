import type { MigrationInterface, QueryRunner } from "typeorm";

/** Commands on many orders, each recorded with its key, its progress and its result. */
export class Jobs1764000000130 implements MigrationInterface {
  name = "Jobs1764000000130";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE job (
        id uuid PRIMARY KEY,
        kind text NOT NULL,
        caller_id text NOT NULL,
        key text CHECK (length(key) BETWEEN 1 AND 255),
        request_hash text NOT NULL,
        input jsonb NOT NULL,
        actor text NOT NULL,
        progress jsonb NOT NULL DEFAULT '{}',
        result jsonb,
        created_at timestamptz NOT NULL,
        lease_expires_at timestamptz NOT NULL,
        finished_at timestamptz,
        CONSTRAINT job_result_check CHECK (num_nulls(result, finished_at) <> 1)
      )`);
    await runner.query(`CREATE UNIQUE INDEX job_by_key ON job (caller_id, key)`);
    await runner.query(`CREATE INDEX job_open ON job (lease_expires_at) WHERE finished_at IS NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE job`);
  }
}
