import { connect } from "@till/postgres/connect";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { Client, type Pool } from "pg";
import { testDatabase } from "../../../test/support/database.ts";
import { migrations } from "../migrations/index.ts";
import { appRole } from "../src/store/app-role.ts";
import { startChainedAuditLog } from "./support/chained-audit-log.ts";

const silent = createLog({ service: "test", level: "silent" });

describe("The service's database role", () => {
  it("is created once, when several databases of a server are set up concurrently", async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    const databases = await Promise.all(Array.from({ length: 4 }, () => testDatabase()));
    const opened = await Promise.all(
      databases.map(({ url }) => connect({ url, migrations, log: silent, role: appRole, poolSize: 2 })),
    );
    for (const db of opened) {
      const { rows } = await db.pool.query(`SELECT current_user AS name`);
      expect(rows).to.deep.equal([{ name: appRole }]);
      await db.close();
    }
    await Promise.all(databases.map(({ drop }) => drop()));
  });

  it("is skipped where the database's user may not assume it; the triggers still reject changes", async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    const { url, drop } = await testDatabase();
    const owner = new Client({ connectionString: url });
    await owner.connect();
    const unprivileged = `till_test_${randomBytes(6).toString("hex")}`;
    await owner.query(`CREATE ROLE ${unprivileged} LOGIN PASSWORD 'unprivileged'`);
    await owner.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} OWNER TO ${unprivileged}`);
    const asUnprivileged = Object.assign(new URL(url), {
      username: unprivileged,
      password: "unprivileged",
    }).href;
    const db = await connect({ url: asUnprivileged, migrations, log: silent, role: appRole });
    const { rows } = await db.pool.query(`SELECT current_user AS name`);
    expect(rows).to.deep.equal([{ name: unprivileged }]);
    const rejection = await db.pool.query(`DELETE FROM audit_entry`).catch((error: Error) => error.message);
    expect(rejection).to.equal("audit_entry is only ever added to");
    await db.close();
    await owner.end();
    await drop();
    await dropRole(unprivileged);
  });

  it("may insert, and neither update nor delete, in what is only added to", async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    const log = await startChainedAuditLog();
    log.startChainWriter();
    await log.write(1);
    const tables = { audit_entry: "actor", audit_chain_entry: "n", payment_event: "actor" };
    const rejectionOf = (on: Pool | Client, sql: string) =>
      on.query(sql).catch((error: Error) => error.message);
    for (const [table, column] of Object.entries(tables)) {
      for (const change of [
        `UPDATE ${table} SET ${column} = ${column}`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table}`,
      ]) {
        expect(await rejectionOf(log.db.pool, change)).to.equal(`permission denied for table ${table}`);
        expect(await rejectionOf(log.owner, change)).to.equal(`${table} is only ever added to`);
      }
    }
    for (const table of ["payment", "operation"])
      expect(await rejectionOf(log.db.pool, `DELETE FROM ${table}`)).to.equal(
        `permission denied for table ${table}`,
      );
    await log.stop();
  });
});

async function dropRole(name: string): Promise<void> {
  const server = new Client({ connectionString: process.env.TILL_TEST_POSTGRES_URL });
  await server.connect();
  await server.query(`DROP ROLE ${name}`);
  await server.end();
}
