import { connect } from "@till/postgres/connect";
import type { Db } from "@till/postgres/statements";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import pg from "pg";
import { testDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { newUser } from "../../../test/support/fixtures.ts";
import { migrations } from "../migrations/index.ts";
import { entities } from "../src/store/entities.ts";

const log = createLog({ service: "test", level: "silent" });

describe("Two schemas of one database", () => {
  let database: TestDatabase;
  let dbs: Db[];
  before(async function () {
    this.timeout(60_000);
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    database = await testDatabase();
    const owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    dbs = [];
    for (const schema of ["till_00", "till_01"]) {
      await owner.query(`CREATE SCHEMA ${schema}`);
      const url = new URL(database.url);
      url.searchParams.set("options", `-c search_path=${schema}`);
      dbs.push(await connect({ url: url.href, migrations, entities, log }));
    }
    await owner.end();
  });
  after(async () => {
    for (const db of dbs ?? []) await db.close();
    await database?.drop();
  });

  it("do not wait for each other's orders of a user", async () => {
    const user = newUser();
    const [holding, waiting] = await Promise.all(dbs.map(({ pool }) => pool.connect()));
    const lock = "SELECT * FROM unpaid_orders_of(ARRAY[$1], 20)";
    await holding!.query("BEGIN");
    await holding!.query(lock, [user]);
    await waiting!.query("SET lock_timeout = '1s'");
    const { rows } = await waiting!.query(lock, [user]);
    expect(rows).to.deep.equal([{ buyer: user, unpaid: "0" }]);
    await holding!.query("ROLLBACK");
    for (const client of [holding!, waiting!]) client.release(true);
  });
});
