import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { setImmediate as nextTurn } from "node:timers/promises";
import { testDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { ServicePool } from "../src/service-pool.ts";
import { serviceSession } from "../src/session-settings.ts";
import { watchServer, type ServerWatch } from "../src/watch-server.ts";

describe("The watch over the database server", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let pool: ServicePool;
  let watch: ServerWatch;
  const reports: boolean[] = [];
  before(async function () {
    if (!process.env["TILL_TEST_POSTGRES_URL"]) this.skip();
    database = await testDatabase();
    const log = createLog({ service: "test", level: "silent" });
    pool = new ServicePool({ url: database.url, log, settings: serviceSession });
    watch = await watchServer({ pool, url: database.url, log, onReachable: (is) => void reports.push(is) });
  });
  after(async () => {
    await watch?.close();
    await pool?.close();
    await database?.drop();
  });

  for (const [callers, what] of [
    [5, "has connections to spare"],
    [30, "has callers waiting for each connection"],
  ] as const)
    it(`does not take a process that is too busy to read, and ${what}, for a server that does not respond`, async () => {
      await Promise.all(Array.from({ length: 10 }, () => pool.query("SELECT 1")));
      let isOver = false;
      const statements = Array.from({ length: callers }, async () => {
        while (!isOver) await pool.query("SELECT 1");
      });
      for (let turn = 0; turn < 5; turn += 1) {
        beBusy(1_200);
        await nextTurn();
      }
      isOver = true;
      await Promise.all(statements);
      expect(reports).to.deep.equal([]);
    });

  it("has seen the last response of a connection that others wait for", async () => {
    const before = performance.now();
    const statements = Array.from({ length: 50 }, () => pool.query("SELECT 1"));
    await Promise.all(statements.slice(0, 20));
    expect(pool.respondedAt()).to.be.at.least(before);
    await Promise.all(statements);
  });
});

/** Keeps the event loop from turning. */
function beBusy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
