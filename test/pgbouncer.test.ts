import { connect } from "@till/postgres/connect";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { buyAndRefund } from "./support/buy-and-refund.ts";
import { testDatabase, type TestDatabase } from "./support/database.ts";
import { startPaymentSystem } from "./support/payment-system.ts";
import { hasPgBouncer, startPgBouncer, type PgBouncer } from "./support/pgbouncer.ts";

const root = join(import.meta.dirname, "..");
const postgres = process.env["TILL_TEST_POSTGRES_URL"]!;
const log = createLog({ service: "test", level: "silent" });

function skipWithoutPgBouncer(this: Mocha.Context): void {
  if (hasPgBouncer()) return;
  const isRequired = process.env["TILL_REQUIRE"]?.split(",").includes("pgbouncer");
  expect(isRequired, "TILL_REQUIRE names pgbouncer, which is not installed").to.not.equal(true);
  console.error("    Debian's package pgbouncer is not installed: no pooler is tried");
  this.skip();
}

describe("Behind PgBouncer in session mode", function () {
  this.timeout(60_000);
  let bouncer: PgBouncer;
  before(async function () {
    skipWithoutPgBouncer.call(this);
    bouncer = await startPgBouncer({ to: postgres, poolMode: "session" });
  });
  after(() => bouncer?.stop());

  it("both services take an order from its creation to its refund", async () => {
    const system = await startPaymentSystem({ postgresUrl: bouncer.url });
    try {
      await buyAndRefund(system);
    } finally {
      await system.stop();
    }
  });

  for (const preparedStatements of [true, false])
    it(`a connection has its role, time-outs and plan settings, with named statements ${preparedStatements ? "on" : "off"}`, async () => {
      const database = await testDatabase(bouncer.url);
      const role = "pg_read_all_data";
      const options = { url: database.url, migrations: [], log, role, preparedStatements };
      // More connections one after the other than server sessions: each session is used again.
      for (let round = 0; round < 3; round += 1) {
        const db = await connect(options);
        const { rows } = await db.pool.query<Record<string, string>>(`
          SELECT current_user AS role, current_setting('statement_timeout') AS statement,
            current_setting('idle_in_transaction_session_timeout') AS idle,
            current_setting('default_transaction_isolation') AS isolation,
            current_setting('enable_seqscan') AS seqscan, current_setting('jit') AS jit`);
        expect(rows[0]).to.include({ role, isolation: "read committed", seqscan: "off", jit: "off" });
        expect(rows[0]!.statement).to.equal("10s");
        expect(rows[0]!.idle).to.not.equal("0");
        await db.close();
      }
      await database.drop();
    });
});

for (const [poolMode, settings] of [
  ["transaction", {}],
  ["transaction", { default_pool_size: 1 }],
  ["transaction", { server_round_robin: 1 }],
  ["statement", {}],
] as const) {
  const setup = Object.entries(settings).map(([name, value]) => `, ${name} = ${value}`);

  describe(`Behind PgBouncer in ${poolMode} mode${setup.join("")}`, function () {
    this.timeout(60_000);
    let bouncer: PgBouncer;
    let database: TestDatabase;
    before(async function () {
      skipWithoutPgBouncer.call(this);
      bouncer = await startPgBouncer({ to: postgres, poolMode, settings });
      database = await testDatabase();
    });
    after(async () => {
      await bouncer?.stop();
      await database?.drop();
    });

    for (const service of ["order", "payment"])
      it(`the ${service} service does not start, and its one line names the mode to use`, async () => {
        const url = new URL(bouncer.url);
        url.pathname = new URL(database.url).pathname;
        const child = spawn(process.execPath, [`services/${service}/src/main.ts`], {
          cwd: root,
          env: {
            ...{ PATH: process.env["PATH"], KAFKA_BROKERS: "127.0.0.1:1", TILL_PORT: "0" },
            ...{ TILL_METRICS_PORT: "0", DATABASE_URL: url.href },
          },
          stdio: ["ignore", "ignore", "pipe"],
        });
        const [lines] = await Promise.all([text(child.stderr), once(child, "exit")]);
        expect(child.exitCode).to.equal(1);
        const [starting, failed, ...more] = lines.trim().split("\n");
        expect(starting).to.include('"msg":"starting"');
        expect(failed).to.match(new RegExp(`^${service} cannot start: .*pool_mode = session`));
        expect(more).to.deep.equal([]);
      });
  });
}
