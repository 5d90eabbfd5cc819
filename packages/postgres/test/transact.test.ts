import { expect } from "chai";
import { setTimeout as delay } from "node:timers/promises";
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

  it("repeats its work on another connection where its server has become read-only", async () => {
    const before = await pid();
    await pool.query("SET default_transaction_read_only = on");
    await transact({ pool }, (tx) => tx.query("INSERT INTO thing VALUES (1)"));
    expect(await pid()).not.to.equal(before);
  });

  it("calls a server unavailable that stays read-only", async () => {
    const readOnly = "SET TRANSACTION READ ONLY; INSERT INTO thing VALUES (1)";
    const failure = await failureOf(transact({ pool }, (tx) => tx.query(readOnly)));
    expect(failure).to.have.property("code", "25006");
    expect(isUnavailable(failure)).to.equal(true);
  });

  it("repeats its work where the server ended the transaction because the process was stopped for a while", async () => {
    let tries = 0;
    const result = await transact({ pool }, async (tx) => {
      tries += 1;
      await tx.query(`SET idle_in_transaction_session_timeout = ${tries === 1 ? 10 : 10_000}`);
      await delay(200);
      return (await tx.query<{ one: number }>("SELECT 1 AS one")).rows[0]!.one;
    });
    expect({ result, tries }).to.deep.equal({ result: 1, tries: 2 });
  });

  it("does not repeat its work where the connection was lost after COMMIT, which may have taken effect", async () => {
    await pool.query(`
      CREATE FUNCTION lose_connection() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10); RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION lose_connection()`);
    let tries = 0;
    const failure = await failureOf(
      transact({ pool }, (tx) => {
        tries += 1;
        return tx.query("INSERT INTO thing VALUES (2)");
      }),
    );
    expect(isUnavailable(failure)).to.equal(true);
    expect(tries).to.equal(1);
    await pool.query("DROP TRIGGER at_commit ON thing");
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
    const failure = await failureOf(conflict(9)());
    expect(failure).to.have.property("code", "40001");
    expect(tries).to.equal(3);
  });
});

function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.fail("it succeeds"),
    (error: unknown) => error,
  );
}
