import { expect } from "chai";
import pg from "pg";
import { orderMigrations } from "@till/order";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { expectResult } from "../../test/support/expect-check-result.ts";
import { hasPgBouncer, startPgBouncer } from "../../test/support/pgbouncer.ts";
import { checkPostgres } from "./check-postgres.ts";

type Settings = Parameters<typeof checkPostgres>[0];

describe("npm run doctor, about Postgres", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  before(async () => (database = await testDatabase()));
  after(() => database?.drop());

  /** What a check finds at this address. */
  async function resultOf(check: string, url = database.url, more: Partial<Settings> = {}) {
    const settings = { url, variable: "ORDER_DATABASE_URL", poolSize: 10, migrations: orderMigrations };
    const results = await checkPostgres({ ...settings, ...more });
    const found = results.find((one) => one.check === check);
    expect(found, `${check} among ${results.map((one) => one.check).join(", ")}`).to.not.equal(undefined);
    return found!;
  }

  const onDatabase = async (statement: string, url = database.url) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };

  const urlWith = (change: (url: URL) => void) => {
    const url = new URL(database.url);
    change(url);
    return url.href;
  };

  it("tells what to do where it cannot be reached, or rejects the user or the database", async () => {
    const down = await resultOf("postgres", "postgres://postgres:hunter22@127.0.0.1:1/till");
    expectResult(down, "fail", /ECONNREFUSED/);
    expect(JSON.stringify(down)).to.not.include("hunter22");
    const missing = await resultOf(
      "postgres",
      urlWith((url) => (url.pathname = "/no_such")),
    );
    expectResult(missing, "fail", /does not exist/);
    const user = await resultOf(
      "postgres",
      urlWith((url) => (url.username = "nobody_here")),
    );
    expectResult(user, "fail", /nobody_here/);
    expect(user.remedy).to.include("ORDER_DATABASE_URL");
  });

  it("finds a standby, and settings that lose commits", async () => {
    const other = await testDatabase();
    const name = new URL(other.url).pathname.slice(1);
    try {
      await onDatabase(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      await onDatabase(`ALTER DATABASE ${name} SET synchronous_commit = off`);
      expectResult(await resultOf("postgres primary", other.url), "fail", /read-only/);
      expectResult(await resultOf("postgres durability", other.url), "warn", /synchronous_commit = off/);
    } finally {
      await other.drop();
    }
  });

  it("finds rights that are missing", async () => {
    const role = `doctor_${Date.now()}`;
    await onDatabase(`CREATE ROLE ${role} LOGIN PASSWORD 'secret-of-a-role'`);
    await onDatabase("CREATE TABLE audit_log (id int)");
    const limited = urlWith((url) => {
      url.username = role;
      url.password = "secret-of-a-role";
    });
    try {
      expectResult(
        await resultOf("postgres schema", limited),
        "fail",
        /pending, and this user may not create/,
      );
      expectResult(await resultOf("postgres tables", limited), "fail", /may not read and write audit_log/);
      expectResult(
        await resultOf("postgres role", limited, { role: "till_payment_app" }),
        "warn",
        /till_payment_app/,
      );
      await onDatabase(`GRANT CREATE ON SCHEMA public TO ${role}`);
      expectResult(await resultOf("postgres schema", limited), "fail", /audit_log belong to another role/);
    } finally {
      await onDatabase(`DROP TABLE audit_log; DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it("finds the schema of another release, and that of another service", async () => {
    const other = await testDatabase();
    try {
      await onDatabase(
        `CREATE TABLE migrations (id serial, name text);
           INSERT INTO migrations (name) VALUES ('FromTheFuture')`,
        other.url,
      );
      expectResult(await resultOf("postgres schema", other.url), "fail", /another service/);
      await onDatabase(`INSERT INTO migrations (name) VALUES ('CreateOrders1763700000000')`, other.url);
      expectResult(await resultOf("postgres schema", other.url), "warn", /FromTheFuture/);
    } finally {
      await other.drop();
    }
  });

  it("finds a pooler in transaction mode, and none in session mode", async function () {
    if (!hasPgBouncer()) {
      const isRequired = process.env["TILL_REQUIRE"]?.split(",").includes("pgbouncer");
      expect(isRequired, "TILL_REQUIRE names pgbouncer, which is not installed").to.not.equal(true);
      this.skip();
    }
    for (const [poolMode, status] of [
      ["transaction", "fail"],
      ["session", "ok"],
    ] as const) {
      const bouncer = await startPgBouncer({ to: database.url, poolMode });
      try {
        const url = new URL(bouncer.url);
        url.pathname = new URL(database.url).pathname;
        const sessions = await resultOf("postgres sessions", url.href);
        expectResult(sessions, status, /pooler/);
      } finally {
        await bouncer.stop();
      }
    }
  });

  it("finds stored secrets whose key is missing", async () => {
    await onDatabase(
      "CREATE TABLE payment_method (key_id text); INSERT INTO payment_method VALUES ('k0'), ('k1')",
    );
    try {
      const keys = (...configured: string[]) =>
        resultOf("stored keys", database.url, {
          keys: { table: "payment_method", column: "key_id", configured },
        });
      expectResult(await keys("k1"), "fail", /encrypted with k0, which/);
      expectResult(await keys("k1", "k0"), "ok", /decrypted/);
    } finally {
      await onDatabase("DROP TABLE payment_method");
    }
  });
});
