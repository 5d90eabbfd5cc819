import { expect } from "chai";
import pg from "pg";
import { testDatabase } from "./database.ts";

describe("a test's database", () => {
  before(function () {
    if (!process.env["TILL_TEST_POSTGRES_URL"]) this.skip();
  });

  it("is empty, belongs to one test, and is dropped although a client is connected", async () => {
    const [one, other] = await Promise.all([testDatabase(), testDatabase()]);
    const client = new pg.Client({ connectionString: one.url });
    client.on("error", () => {}); // dropping it ends the connection
    await client.connect();
    await client.query("create table note (text text)");
    const tables = "select count(*)::int as tables from pg_tables where schemaname = 'public'";
    expect((await client.query(tables)).rows).to.deep.equal([{ tables: 1 }]);
    expect(other.url).not.to.equal(one.url);
    await one.drop();
    await other.drop();
    const again = new pg.Client({ connectionString: one.url });
    const message = await again.connect().then(String, (error: Error) => error.message);
    expect(message).to.match(/does not exist/);
  });
});
