import { expect } from "chai";
import { Pool } from "pg";
import { testDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { transact } from "../src/statements.ts";
import { isUnavailable } from "../src/unavailable.ts";

describe("transact", () => {
  let database: TestDatabase;
  let pool: Pool;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    database = await testDatabase();
    pool = new Pool({ connectionString: database.url, max: 1 });
    await pool.query("CREATE TABLE thing (id integer)");
  });
  after(async () => {
    await pool?.end();
    await database?.drop();
  });

  const pid = async () => (await pool.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows[0]!.pid;

  it("throws a connection away whose server has become read-only, and calls that unavailable", async () => {
    const before = await pid();
    await pool.query("SET default_transaction_read_only = on");
    const failure: unknown = await transact({ pool }, (tx) => tx.query("INSERT INTO thing VALUES (1)")).catch(
      (error: unknown) => error,
    );
    expect(failure).to.have.property("code", "25006");
    expect(isUnavailable(failure)).to.equal(true);
    expect(await pid()).not.to.equal(before);
  });

  it("keeps a connection whose statement failed for a reason of its own", async () => {
    const before = await pid();
    await transact({ pool }, (tx) => tx.query("SELECT 1 / 0")).catch(() => undefined);
    expect(await pid()).to.equal(before);
  });

  it("is READ COMMITTED where the server's default is another", async () => {
    await pool.query("SET default_transaction_isolation = serializable");
    const { rows } = await transact({ pool }, (tx) =>
      tx.query<{ transaction_isolation: string }>("SHOW transaction_isolation"),
    );
    expect(rows[0]!.transaction_isolation).to.equal("read committed");
  });

  it("repeats its work after a serialization failure, and gives up after three tries", async () => {
    let tries = 0;
    const conflict = (times: number) => () =>
      transact({ pool }, async (tx) => {
        tries += 1;
        if (tries <= times) await tx.query("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$");
        return tries;
      });
    expect(await conflict(2)()).to.equal(3);
    tries = 0;
    const failure: unknown = await conflict(9)().catch((error: unknown) => error);
    expect(failure).to.have.property("code", "40001");
    expect(tries).to.equal(3);
  });
});
