import { createLog, createMetrics } from "@till/telemetry";
import type { Worker } from "@till/worker";
import { expect } from "chai";
import { Pool } from "pg";
import { testDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { startPruning } from "../src/prune.ts";

describe("startPruning", () => {
  let database: TestDatabase;
  let pool: Pool;
  let worker: Worker | undefined;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    database = await testDatabase();
    pool = new Pool({ connectionString: database.url });
  });
  beforeEach(async () => {
    await pool.query(`
      DROP TABLE IF EXISTS thing, batch;
      CREATE TABLE batch (rows integer);
      CREATE TABLE thing (id integer, ended_at timestamptz);
      CREATE INDEX thing_ended ON thing (ended_at);
      CREATE OR REPLACE FUNCTION count_batch() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO batch SELECT count(*) FROM deleted; RETURN NULL; END $$;
      CREATE TRIGGER count_batch AFTER DELETE ON thing REFERENCING OLD TABLE AS deleted
        FOR EACH STATEMENT EXECUTE FUNCTION count_batch();
      INSERT INTO thing SELECT n, now() - interval '4 days' FROM generate_series(1, 1700) AS n;
      INSERT INTO thing VALUES (1701, now() - interval '2 days'), (1702, NULL)`);
  });
  afterEach(() => worker?.close());
  after(async () => {
    await pool?.end();
    await database?.drop();
  });

  const start = (where?: string) =>
    startPruning({
      db: { pool, now: () => new Date() },
      tables: [{ table: "thing", since: "ended_at", keepDays: 3, ...(where !== undefined && { where }) }],
      log: createLog({ service: "test", level: "silent" }),
      metrics: createMetrics({ service: "test" }),
    });

  async function numbers(sql: string): Promise<number[]> {
    const { rows } = await pool.query<{ n: number }>(sql);
    return rows.map(({ n }) => n);
  }
  const left = () => numbers("SELECT id AS n FROM thing ORDER BY id");

  it("deletes at most 500 rows by a statement, goes on until none is old, and leaves the others", async () => {
    worker = start();
    await eventually(async () => expect(await left()).to.deep.equal([1701, 1702]));
    expect(await numbers("SELECT rows AS n FROM batch WHERE rows > 0")).to.deep.equal([500, 500, 500, 200]);
  });

  it("skips a row that another transaction holds, and does not wait for it", async () => {
    const holder = await pool.connect();
    await holder.query("BEGIN");
    await holder.query("SELECT FROM thing WHERE id = 7 FOR UPDATE");
    worker = start();
    await eventually(async () => expect(await left()).to.deep.equal([7, 1701, 1702]));
    await holder.query("COMMIT");
    holder.release();
  });

  it("leaves old rows that do not meet the condition, more of them than a batch", async () => {
    worker = start("id > 600");
    await eventually(async () => expect(await left()).to.have.length(602));
    expect((await left()).slice(-3)).to.deep.equal([600, 1701, 1702]);
  });
});
