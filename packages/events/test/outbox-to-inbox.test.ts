import { transact } from "@till/postgres/statements";
import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { kafkaBus, localBus } from "../src/bus.ts";
import { inboxInsert, inboxSelect, startConsumer } from "../src/consume.ts";
import { startRelay } from "../src/outbox.ts";
import type { Bus } from "../src/bus.ts";
import type { IncomingEvent } from "../src/consume.ts";
import { anEvent, commit, silentLog } from "./support/events.ts";
import { eventually } from "./support/eventually.ts";
import { temporaryDatabase, type TemporaryDatabase } from "./support/temporary-database.ts";

const serverUrl = process.env.TILL_TEST_POSTGRES_URL;
const brokers = process.env.TILL_TEST_KAFKA_BROKERS?.split(",");

const buses: Record<string, (() => Promise<Bus>) | undefined> = {
  local: () => Promise.resolve(localBus({ log: silentLog })),
  kafka: brokers && (() => kafkaBus({ brokers, clientId: "till-test", log: silentLog })),
};

for (const [name, open] of Object.entries(buses)) {
  describe(`an event's way from outbox to inbox over the ${name} bus`, function () {
    this.timeout(60_000);
    let database: TemporaryDatabase;

    before(async function () {
      if (!serverUrl || !open) this.skip();
      database = await temporaryDatabase(serverUrl);
      await database.pool.query("CREATE TABLE applied (n serial, order_id text, version bigint)");
    });
    after(() => database?.drop());

    /** What a service's store does: the effect and the inbox row in one transaction, a repeat is a no-op. */
    const apply = (group: string) => (event: IncomingEvent) =>
      transact(database, async (tx) => {
        const seen = await tx.query(inboxSelect(1, 2), [group, [event.id]]);
        if (seen.rowCount !== 0) return;
        await tx.query(inboxInsert(1, 2), [group, [event.id]]);
        await tx.query("INSERT INTO applied (order_id, version) VALUES ($1, $2)", [
          event.subject,
          event.dataVersion,
        ]);
      });

    it("has every event applied once, each order's in order, though connections break and relays change", async () => {
      const bus = await open!();
      const [topic, group] = [`test-${randomUUID()}`, `test-${randomUUID()}`];
      const handlers = { "order.created": apply(group) };
      const consumer = await startConsumer({
        db: database,
        bus,
        group,
        topics: [topic],
        handlers,
        log: silentLog,
      });
      const startOne = () => startRelay({ db: database, bus, source: "till/test", log: silentLog });
      const relays = [startOne(), startOne()];

      const orders = Array.from({ length: 20 }, () => randomUUID());
      for (let version = 1; version <= 30; version += 1) {
        await commit(
          database.pool,
          ...orders.map((subject) => anEvent({ topic, subject, dataVersion: version })),
        );
        relays.forEach((relay) => relay.notify());
        if (version % 10 === 0) {
          await database.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'outbox relay' AND datname = current_database()`);
        }
        if (version === 15) await relays[0]!.close();
      }

      const applied = async () => (await database.pool.query("SELECT FROM applied")).rowCount;
      await eventually("all are applied", async () => (await applied()) === 600, 30_000);
      const { rows } = await database.pool.query<{ versions: string[] }>(
        "SELECT array_agg(version ORDER BY n) AS versions FROM applied GROUP BY order_id",
      );
      const expected = Array.from({ length: 30 }, (_, index) => String(index + 1));
      expect(rows.map(({ versions }) => versions)).to.deep.equal(orders.map(() => expected));
      await Promise.all([consumer.close(), relays[1]!.close()]);
      await bus.close();
    });
  });
}
