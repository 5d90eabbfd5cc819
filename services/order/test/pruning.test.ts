import { memoryStore } from "@till/cache";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { newId } from "@till/ids";
import { createLog, createMetrics, type Metrics } from "@till/telemetry";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { course, courseLine, newCourse, newUser } from "../../../test/support/fixtures.ts";
import { orderConfig, startOrderService } from "../src/start.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import { startOrderEnvironment, type OrderEnvironment } from "./support/order-service.ts";

const dayMs = 24 * 60 * 60_000;

describe("Rows that are of no use any more", () => {
  const start = Date.now();
  let day = 0;
  const now = () => new Date(start + day * dayMs);
  let environment: OrderEnvironment;
  before(async () => {
    const env = { ...withoutRecovery, TILL_ORDER_EXPIRY_SECONDS: String(60 * 24 * 60 * 60) };
    environment = await startOrderEnvironment({ env, now });
  });
  after(() => environment.stop());

  const [first, second] = [[courseLine(course)], [courseLine(newCourse())]];

  it("are deleted once by two replicas, and what is younger or still needed stays", async () => {
    const buyer = environment.as(newUser());
    const old = await buyer.createOrder({ items: first, idempotencyKey: "day-0" });
    day = 2;
    const young = await buyer.createOrder({ items: second, idempotencyKey: "day-2" });
    await buyer.cancelOrder({ orderId: old.order!.id, idempotencyKey: "cancel-on-day-2" });
    const kept = await insertRows(environment);
    await eventually(async () => expect(await environment.query("SELECT FROM outbox")).to.deep.equal([]));
    const before = await rowsByTable(environment);

    day = 31;
    const replicas = await Promise.all([startReplica(), startReplica()]);
    const pruned = {
      inbox: 1_200,
      idempotency_key: 1,
      job: 1,
      dead_letter: 1,
      parked_event: 1,
      rejected_event: 1,
    };
    await eventually(async () =>
      expect(await prunedBy(replicas.map(({ metrics }) => metrics))).to.deep.equal(pruned),
    );
    const gone: Record<string, number> = pruned;
    const expected = Object.entries(before).map(([table, rows]) => [table, rows - (gone[table] ?? 0)]);
    expect(await rowsByTable(environment)).to.deep.equal(Object.fromEntries(expected));
    for (const [table, ids] of Object.entries(kept))
      expect(await idsIn(environment, table), table).to.deep.equal([...ids].sort());

    const replayed = await buyer.createOrder({ items: second, idempotencyKey: "day-2" });
    expect(replayed).to.deep.include({ idempotentReplay: true });
    expect(replayed.order?.id).to.equal(young.order?.id);
    const anew = await buyer.createOrder({ items: first, idempotencyKey: "day-0" });
    expect(anew.idempotentReplay).to.equal(false);
    expect(anew.order?.id).to.not.equal(old.order?.id);
    const cancelled = await buyer.getOrder({ orderId: old.order!.id });
    expect(cancelled.order?.status).to.equal(OrderStatus.CANCELLED);
    await Promise.all(replicas.map(({ stop }) => stop()));
  });

  async function startReplica() {
    const [log, metrics] = [
      createLog({ service: "order", level: "silent" }),
      createMetrics({ service: "order" }),
    ];
    const config = orderConfig(environment.env);
    const engines = { bus: environment.bus, cacheStore: memoryStore(), log, metrics };
    const service = await startOrderService({ config, now, ...engines });
    return { metrics, stop: () => service.stop() };
  }
});

/** Inserts 1,200 old inbox entries and one row of each other table that may go. Returns the ids of those that stay. */
async function insertRows(environment: OrderEnvironment) {
  const [deadLetter, parked, unanswered] = [newId(), newId(), newId()];
  await environment.query(
    `INSERT INTO inbox (consumer_group, event_id, received_at)
     SELECT 'till-order', 'old ' || n, now() FROM generate_series(1, 1200) AS n
     UNION ALL SELECT 'till-order', $1, now()
     UNION ALL SELECT 'of-no-one', $2, now()
     UNION ALL SELECT 'till-order', 'young', now() + interval '2 days'`,
    [deadLetter, parked],
  );
  const record = "'payment.events', 'k', '{}', '{}', 'r', 1";
  await environment.query(
    `INSERT INTO dead_letter (consumer_group, event_id, topic, key, headers, value, reason, tries, first_seen_at,
       last_seen_at, id, discarded_at)
     SELECT 'till-order', id, ${record}, now(), now(), gen_random_uuid(), discarded_at
       FROM (VALUES ($1, NULL), ($2, NULL), ('discarded', now()), ('discarded later', now() + interval '2 days'))
         AS letter (id, discarded_at)`,
    [deadLetter, unanswered],
  );
  await environment.query(
    `INSERT INTO parked_event (consumer_group, event_id, topic, key, headers, value, reason, tries, next_try_at)
     SELECT 'of-no-one', id, ${record}, at
       FROM (VALUES ($1, now()), ('abandoned', now() - interval '335 days')) AS parked (id, at)`,
    [parked],
  );
  await environment.query(
    `INSERT INTO rejected_event (event_id, topic, key, type, data_version, time, data, reason, rejected_at)
     SELECT gen_random_uuid(), 'order.events', 'k', 'order.created', 1, now(), '{}', 'too large', at
       FROM (VALUES (now()), (now() - interval '335 days')) AS rejected (at)`,
  );
  await environment.query(
    `INSERT INTO job (id, kind, caller_id, key, request_hash, input, actor, created_at, lease_expires_at, result,
       finished_at)
     SELECT gen_random_uuid(), 'ERASE_PERSON', 'x', key, 'h', '{}', 'admin:x', now(), now() + interval '1 year',
            CASE WHEN at IS NOT NULL THEN '{}'::jsonb END, at
       FROM (VALUES ('old', now()), ('young', now() + interval '2 days'), ('unfinished', NULL)) AS job (key, at)`,
  );
  return {
    inbox: [deadLetter, parked, "young"],
    dead_letter: [deadLetter, unanswered, "discarded later"],
    parked_event: [parked],
  };
}

async function idsIn(environment: OrderEnvironment, table: string): Promise<unknown[]> {
  const rows = await environment.query(`SELECT event_id FROM ${table} ORDER BY event_id COLLATE "C"`);
  return rows.map(({ event_id: id }) => id);
}

/** How many rows each table has. */
async function rowsByTable(environment: OrderEnvironment): Promise<Record<string, number>> {
  const rows = await environment.query(
    `SELECT relname AS table, (xpath('//n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I', relname),
            false, true, '')))[1]::text::integer AS rows
       FROM pg_stat_user_tables WHERE schemaname = current_schema() ORDER BY relname`,
  );
  return Object.fromEntries(rows.map(({ table, rows }) => [table as string, rows as number]));
}

/** The sums of pruned_rows_total by table. */
async function prunedBy(replicas: readonly Metrics[]): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const metrics of replicas) {
    const { values } = (await metrics.getSingleMetric("pruned_rows_total")?.get()) ?? { values: [] };
    for (const { labels, value } of values)
      sums[String(labels.table)] = (sums[String(labels.table)] ?? 0) + value;
  }
  return sums;
}
