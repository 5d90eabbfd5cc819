import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { testDatabase, type TestDatabase } from "./support/database.ts";
import { eventually } from "./support/eventually.ts";
import { inheritedEnv } from "./support/inherited-env.ts";

const root = join(import.meta.dirname, "..");

describe("A service that waits for another replica's migrations", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let session: pg.Client;
  const children: ChildProcess[] = [];
  beforeEach(async function () {
    if (!process.env["TILL_TEST_POSTGRES_URL"]) this.skip();
    database = await testDatabase();
    session = new pg.Client({ connectionString: database.url });
    await session.connect();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await session?.end();
    await database?.drop();
  });

  /** A process that is still starting, with what it has logged. */
  function start(service: "order" | "payment"): { child: ChildProcess; logged: string[] } {
    const env = { DATABASE_URL: database.url, TILL_PORT: "0", TILL_METRICS_PORT: "0" };
    const child = spawn(process.execPath, [`services/${service}/src/main.ts`], {
      cwd: root,
      env: { ...inheritedEnv, KAFKA_BROKERS: "127.0.0.1:1", ...env },
      stdio: ["ignore", "inherit", "pipe"],
    });
    children.push(child);
    const logged: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => logged.push(line));
    return { child, logged };
  }

  for (const service of ["order", "payment"] as const)
    it(`logs that it waits, and ends on SIGTERM: ${service}`, async () => {
      // A table of that name that is not committed yet keeps the first replica in its migrations.
      await session.query("BEGIN");
      await session.query("CREATE TABLE migrations (id integer)");
      const first = start(service);
      await eventually(async () => {
        const { rows } = await session.query(
          "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))",
        );
        expect(rows, first.logged.join("\n")).to.have.length.above(0);
      });
      const second = start(service);
      const waits = () => second.logged.some((line) => line.includes("another replica migrates"));
      await eventually(() => expect(waits(), second.logged.join("\n")).to.equal(true));
      const ended = once(second.child, "exit");
      second.child.kill("SIGTERM");
      expect(await ended).to.deep.equal([0, null]);

      await session.query("ROLLBACK");
      const serves = () => first.logged.some((line) => line.includes("serving grpc"));
      await eventually(() => expect(serves(), first.logged.join("\n")).to.equal(true));
    });
});
