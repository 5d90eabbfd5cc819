import type { Log, Metrics } from "@till/telemetry";
import type { Worker } from "@till/worker";
import { startRelay } from "../../src/outbox.ts";
import { silentLog } from "./events.ts";
import { eventually } from "./eventually.ts";
import { gatedBus, type GatedBus } from "./gated-bus.ts";
import { temporaryDatabase, type TemporaryDatabase } from "./temporary-database.ts";

/** A database for the suite, and for each test an empty outbox and a bus to watch; closes the relays it starts. */
export function relayStage(serverUrl: string | undefined) {
  let database: TemporaryDatabase;
  let bus: GatedBus;
  let relays: Worker[];

  before(async function () {
    if (!serverUrl) this.skip();
    database = await temporaryDatabase(serverUrl);
  });
  after(() => database?.drop());
  beforeEach(async () => {
    bus = gatedBus();
    relays = [];
    await database.pool.query("DELETE FROM outbox");
  });
  afterEach(() => Promise.all(relays.map((relay) => relay.close())));

  const isEmpty = async () => (await database.pool.query("SELECT FROM outbox")).rowCount === 0;
  return {
    isEmpty,
    get bus() {
      return bus;
    },
    get database() {
      return database;
    },
    start(options: { bus?: GatedBus; log?: Log; metrics?: Metrics; pollMs?: number } = {}): Worker {
      const relay = startRelay({ db: database, bus, source: "till/test", log: silentLog, ...options });
      relays.push(relay);
      return relay;
    },
    /** How many statements the relays have sent. */
    relayStatements: () => database.statementsOfSessions(),
    /** Waits until so many events are published and none is left. */
    isPublished(count: number): Promise<void> {
      return eventually(`${count} published`, async () => bus.published.length >= count && (await isEmpty()));
    },
    /** Cuts the connections of all relays, as a restart of the server does. */
    async cut(): Promise<void> {
      await database.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'outbox relay' AND datname = current_database()`);
    },
  };
}

/** The ids of the events a bus has acknowledged, in order. */
export function idsOf(bus: GatedBus): (string | undefined)[] {
  return bus.published.map(({ headers }) => headers.ce_id);
}
