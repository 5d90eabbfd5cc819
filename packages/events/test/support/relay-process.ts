import pg from "pg";
import type { EventRecord } from "../../src/bus.ts";
import { startRelay } from "../../src/outbox.ts";
import { silentLog } from "./events.ts";

/** A process with a relay that sends the ids of what it publishes to its parent. */
const bus = {
  async publish(records: readonly EventRecord[]) {
    const ids = records.map(({ headers }) => headers.ce_id);
    await new Promise((sent) => process.send!(ids, undefined, undefined, sent));
  },
  subscribe: () => Promise.reject(new Error("this bus has no subscribers")),
  lag: () => Promise.reject(new Error("this bus has no consumers")),
  close: () => Promise.resolve(),
};
const pool = new pg.Pool({ connectionString: process.argv[2] });
startRelay({ db: { pool }, bus, source: "till/test", log: silentLog });
