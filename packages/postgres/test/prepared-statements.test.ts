import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { testDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { connect } from "../src/connect.ts";
import { prepared, query } from "../src/statements.ts";

const log = createLog({ service: "test", level: "silent" });

describe("Prepared statements", () => {
  let database: TestDatabase;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    database = await testDatabase();
  });
  after(() => database?.drop());

  for (const [setting, preparedStatements, kept] of [
    ["on", true, 1],
    ["off", false, 0],
  ] as const)
    it(`are ${setting === "on" ? "" : "not "}kept by the server when they are ${setting}`, async () => {
      const db = await connect({ url: database.url, migrations: [], log, poolSize: 1, preparedStatements });
      const rows = await query<{ two: number }>(
        db.pool,
        prepared("two", "SELECT $1::integer + 1 AS two"),
        [1],
      );
      expect(rows).to.deep.equal([{ two: 2 }]);
      const names = await db.pool.query("SELECT name FROM pg_prepared_statements WHERE name = 'two'");
      expect(names.rows).to.have.lengthOf(kept);
      await db.close();
    });
});
