import pg from "pg";
import { parseArgs } from "node:util";
import { eventually } from "../support/eventually.ts";
import type { Server } from "./databases.ts";
import { openPostgres } from "./engines.ts";
import { fillOrders } from "./fill-orders.ts";
import { measureLoad } from "./measure-load.ts";
import { orderOnLocalBus, startSandbox, startService, type Sandbox } from "./services.ts";

/** `npm run bench:prune`: CreateOrder at full load, with ten days of rows to prune beside it and without. */

const help = `Usage: npm run bench:prune -- [--rows <n>] [--times <n>] [--warm-up <s>] [--seconds <s>]

Fills the order service's tables with ten days of orders, idempotency keys and inbox rows; keys and inbox rows are older than
they are kept. Then it measures CreateOrder with 64 calls in flight, in turn with a service that prunes nothing and with one that
prunes all of them, and says how the times differ, and whether pruning keeps up: whether it deletes more rows than the
load makes.

  --rows <n>      orders, keys and inbox rows of the ten days, each (1000000)
  --times <n>     how often each is measured (2)
  --warm-up <s>   how long each load warms up (4)
  --seconds <s>   how long it is measured (10)
`;

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    times: { type: "string", default: "2" },
    "warm-up": { type: "string", default: "4" },
    seconds: { type: "string", default: "10" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const log = (line: string) => console.error(`bench: ${line}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  if (values.help) console.log(help);
  else process.exitCode = (await comparePruning()) ? 0 : 1;
} catch (error) {
  console.error("bench:", error);
  process.exit(1); // what else still runs ends with this process
}

type Run = {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly madePerSecond: number;
  readonly prunedPerSecond: number;
};

async function comparePruning(): Promise<boolean> {
  await using server = await openPostgres(log);
  const sandbox = await startSandbox();
  const [without, beside]: [Run[], Run[]] = [[], []];
  for (let time = 0; time < Number(values.times); time++) {
    without.push(await measure(server, sandbox, "3650"));
    beside.push(await measure(server, sandbox, "30"));
  }
  await sandbox.child.stop();
  const best = (runs: readonly Run[]) => runs.toSorted((one, other) => one.p99Ms - other.p99Ms)[0]!;
  const [calm, busy] = [best(without), best(beside)];
  console.log(
    `CreateOrder p99 ${calm.p99Ms.toFixed(1)} ms without pruning, ${busy.p99Ms.toFixed(1)} ms beside it`,
  );
  const [slowest] = beside.toSorted((one, other) => keepingUp(one) - keepingUp(other));
  console.log(
    `${slowest!.prunedPerSecond.toFixed(0)} rows pruned a second, ${slowest!.madePerSecond.toFixed(0)} made`,
  );
  return keepingUp(slowest!) >= 1;
}

/** Rows that pruning deletes for each row that the load makes. */
function keepingUp({ prunedPerSecond, madePerSecond }: Run): number {
  return prunedPerSecond / madePerSecond;
}

/** One load on a database of its own, by a service that keeps keys and inbox rows for so many days. */
async function measure(server: Server, sandbox: Sandbox, keepDays: string): Promise<Run> {
  const databaseUrl = await server.createDatabase("bench_prune");
  const env = { TILL_KEEP_KEYS_DAYS: keepDays, TILL_KEEP_EVENTS_DAYS: keepDays };
  const options = { name: "order", script: orderOnLocalBus, databaseUrl, sandbox };
  // Makes the tables.
  const first = await startService({ ...options, env: { TILL_KEEP_KEYS_DAYS: "3650" } });
  await first.child.stop();
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    log("filling ten days");
    await fillOrders(databaseUrl, Number(values.rows));
    await fillPrunable(database);
    await server.checkpoint();
    const service = await startService({ ...options, env });
    const before = { due: await dueRows(database), keys: await newKeys(database), at: Date.now() };
    const times = { warmUpMs: Number(values["warm-up"]) * 1_000, measuredMs: Number(values.seconds) * 1_000 };
    const load = await measureLoad({ sandbox, server }, { service, pace: { inFlight: 64 }, times });
    const after = { due: await dueRows(database), keys: await newKeys(database), at: Date.now() };
    if (keepDays === "30" && after.due === 0) throw new Error("all was pruned too early: use more --rows");
    const perSecond = (rows: number) => (rows * 1_000) / (after.at - before.at);
    const run = {
      p50Ms: load.p50Ms,
      p99Ms: load.p99Ms,
      madePerSecond: perSecond(after.keys - before.keys),
      prunedPerSecond: perSecond(before.due - after.due),
    };
    log(
      `${keepDays} days kept: ${load.perSecond.toFixed(0)} orders/s, p50 ${run.p50Ms.toFixed(1)} ms, p99 ${run.p99Ms.toFixed(
        1,
      )} ms, ${run.prunedPerSecond.toFixed(0)} rows pruned/s, ${run.madePerSecond.toFixed(0)} keys made/s`,
    );
    if (load.failed > 0) throw new Error(`${load.failed} calls failed`);
    await service.child.stop();
    return run;
  } finally {
    await database.end();
    await eventually(() => server.dropDatabase("bench_prune").then(() => true));
  }
}

/** Keys and inbox rows from 41 days ago to 31 days ago, in the order in which they would have come. */
async function fillPrunable(database: pg.Client): Promise<void> {
  const at = `now() - make_interval(secs => 41 * 86400 - n * (10 * 86400 / $1::float8))`;
  await database.query(
    `INSERT INTO idempotency_key (caller_id, key, request_hash, user_id, order_id, created_at)
     SELECT 'service:load', gen_random_uuid()::text, md5(n::text), gen_random_uuid(), gen_random_uuid(), ${at}
       FROM generate_series(1, $1::int) AS n`,
    [values.rows],
  );
  await database.query(
    `INSERT INTO inbox (consumer_group, event_id, received_at)
     SELECT 'till-order', gen_random_uuid()::text, ${at} FROM generate_series(1, $1::int) AS n`,
    [values.rows],
  );
  await database.query("VACUUM (ANALYZE) idempotency_key, inbox");
}

/** Rows of the ten days that are still there. */
function dueRows(database: pg.Client): Promise<number> {
  return count(
    database,
    `SELECT (SELECT count(*) FROM idempotency_key WHERE created_at < now() - interval '30 days')
          + (SELECT count(*) FROM inbox WHERE received_at < now() - interval '30 days') AS rows`,
  );
}

/** Keys that the load has made: the rows of these two tables that an order adds. */
function newKeys(database: pg.Client): Promise<number> {
  return count(
    database,
    `SELECT count(*) AS rows FROM idempotency_key WHERE created_at >= now() - interval '30 days'`,
  );
}

async function count(database: pg.Client, text: string): Promise<number> {
  const { rows } = await database.query<{ rows: string }>(text);
  return Number(rows[0]!.rows);
}
