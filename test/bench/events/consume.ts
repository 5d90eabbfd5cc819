import type { Bus } from "@till/events/bus";
import { inboxInsert, startConsumer, type IncomingEvent } from "@till/events/consume";
import { connect } from "@till/postgres/connect";
import { prepared, query } from "@till/postgres/statements";
import { isUnavailable } from "@till/postgres/unavailable";
import { inBatches } from "@till/postgres/updates";
import type { Log } from "@till/telemetry";
import { EventTables1763700000000 } from "./event-tables-migration.ts";

type Options = {
  readonly databaseUrl: string;
  readonly bus: Bus;
  readonly group: string;
  readonly type: string;
  /** What an earlier run left on the broker is none of ours. */
  readonly since: number;
  readonly log: Log;
  /** Called after the commit that recorded the event as applied. */
  readonly onCommitted: (event: IncomingEvent) => void;
};

/** A consumer as another team would write it on packages/events: each event once, in a database of its own. */
export async function consumeOrderEvents(options: Options) {
  const { databaseUrl, bus, group, type, since, log, onCommitted } = options;
  const db = await connect({ url: databaseUrl, migrations: [EventTables1763700000000], log });
  const record = inBatches({
    async run(ids: readonly string[]) {
      await query(db.pool, insertInbox, [group, ids]);
      return ids;
    },
    failsAll: isUnavailable,
  });
  const consumer = await startConsumer({
    db,
    bus,
    group,
    topics: ["order.events"],
    handlers: {
      async [type](event) {
        if (event.time.getTime() < since) return;
        await record(event.id);
        onCommitted(event);
      },
    },
    log,
  });
  return {
    async close() {
      await consumer.close();
      await db.close();
    },
  };
}

/** A repeat changes nothing: Kafka delivers at least once. */
const insertInbox = prepared("insert_inbox", `${inboxInsert(1, 2)} ON CONFLICT DO NOTHING`);
