import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { testDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { connect } from "../src/connect.ts";
import { prepared, query, unnested } from "../src/statements.ts";

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

  it("have one plan for unnested arrays of any length", async () => {
    const db = await connect({ url: database.url, migrations: [], log, poolSize: 1 });
    const added = prepared(
      "added",
      `SELECT x + y AS sum FROM ${unnested("$1::integer[]", "$2::integer[]")} AS added(x, y)`,
    );
    // Five times Postgres plans for the parameters given, to compare.
    const lengths = [1, 2, 3, 1, 2, 3, 1, 2];
    const arrays = lengths.map((length) => Array.from({ length }, (_, index) => index));
    for (const array of arrays)
      expect(await query(db.pool, added, [array, array])).to.deep.equal(array.map((x) => ({ sum: 2 * x })));
    const plans = await db.pool.query(
      "SELECT generic_plans::integer AS kept, custom_plans::integer AS made FROM pg_prepared_statements WHERE name = 'added'",
    );
    expect(plans.rows).to.deep.equal([{ kept: 3, made: 5 }]);
    await db.close();
  });
});
