import { localBus } from "../../src/bus.ts";
import { startConsumer } from "../../src/consume.ts";
import type { Bus } from "../../src/bus.ts";
import type { Consumer, ConsumerOptions, EventHandler, IncomingEvent } from "../../src/consume.ts";
import { silentLog } from "./events.ts";
import { temporaryDatabase, type TemporaryDatabase } from "./temporary-database.ts";

export type DeadLetter = {
  readonly group: string;
  readonly id: string;
  readonly key: string;
  readonly reason: string;
  readonly tries: number;
  readonly seconds: number;
};

/** A database for the suite and a local bus for each test, on which it starts consumers of "order.events". */
export function consumerStage(serverUrl: string | undefined) {
  let database: TemporaryDatabase;
  let bus: Bus;
  let consumers: Consumer[];

  before(async function () {
    if (!serverUrl) this.skip();
    database = await temporaryDatabase(serverUrl);
  });
  after(() => database?.drop());
  beforeEach(async () => {
    bus = localBus({ log: silentLog });
    consumers = [];
    await database.pool.query("TRUNCATE parked_event, dead_letter");
  });
  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.close()));
    await bus.close();
  });

  return {
    get bus() {
      return bus;
    },
    async consume(handler: EventHandler, options: Partial<ConsumerOptions> = {}): Promise<Consumer> {
      const handlers = { "order.created": handler };
      const common = { db: database, bus, group: "payment", topics: ["order.events"], log: silentLog };
      const consumer = await startConsumer({ ...common, handlers, ...options });
      consumers.push(consumer);
      return consumer;
    },
    async deadLetters(): Promise<DeadLetter[]> {
      const { rows } = await database.pool.query<DeadLetter>(`
        SELECT consumer_group AS group, event_id AS id, key, reason, tries,
          extract(epoch FROM last_seen_at - first_seen_at)::float8 AS seconds
        FROM dead_letter`);
      return rows;
    },
    async parkedCount(): Promise<number | null> {
      return (await database.pool.query("SELECT FROM parked_event")).rowCount;
    },
  };
}

/** A handler that keeps what it was given, after asking `check`. */
export function keeping(check: (event: IncomingEvent) => void = () => undefined) {
  const kept: IncomingEvent[] = [];
  const handler = (event: IncomingEvent) => {
    check(event);
    return Promise.resolve(kept.push(event));
  };
  return { kept, handler };
}
