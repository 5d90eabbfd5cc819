import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { randomBytes } from "node:crypto";
import type { MigrationInterface, QueryRunner } from "typeorm";
import { testDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { connect } from "../src/connect.ts";

const role = `till_test_${randomBytes(6).toString("hex")}`;
const log = createLog({ service: "test", level: "silent" });

class CreateNote1763700000000 implements MigrationInterface {
  name = "CreateNote1763700000000";
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE note (text text)`);
    await runner.query(`CREATE ROLE ${role}`);
    await runner.query(`GRANT SELECT ON note TO ${role}`);
  }
  async down(): Promise<void> {}
}

describe("A role to connect as", () => {
  let database: TestDatabase;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    database = await testDatabase();
  });
  after(async () => {
    if (!database) return;
    const db = await connect({ url: database.url, migrations: [], log });
    await db.pool.query(`DROP OWNED BY ${role}`);
    await db.pool.query(`DROP ROLE ${role}`);
    await db.close();
    await database.drop();
  });

  it("is what every connection runs under, while the owner migrates", async () => {
    const db = await connect({ url: database.url, migrations: [CreateNote1763700000000], log, role });
    const queries = Array.from({ length: 5 }, () =>
      db.pool.query(`SELECT current_user AS name, pg_sleep(0.01)`),
    );
    for (const { rows } of await Promise.all(queries)) expect(rows[0]).to.include({ name: role });
    const written = await db.pool
      .query(`INSERT INTO note VALUES ('x')`)
      .catch((error: Error) => error.message);
    expect(written).to.equal("permission denied for table note");
    await db.close();
  });

  it("that is not there leaves the service with the owner's rights", async () => {
    const db = await connect({ url: database.url, migrations: [], log, role: "till_nobody" });
    await db.pool.query(`INSERT INTO note VALUES ('x')`);
    await db.close();
  });
});
