import { newId } from "@till/ids";
import { expect } from "chai";
import { Pool } from "pg";
import { testDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { query } from "../src/statements.ts";
import { groupUpdates, type Change, type Command } from "../src/updates.ts";

type Counter = { readonly id: string; readonly version: number; readonly total: number };

/** Two processes that write the same counters. */
describe("groupUpdates", () => {
  let database: TestDatabase;
  let pools: readonly [Pool, Pool];
  before(async () => {
    database = await testDatabase();
    pools = [new Pool({ connectionString: database.url }), new Pool({ connectionString: database.url })];
    await pools[0].query("CREATE TABLE counter (id uuid PRIMARY KEY, version integer, total integer)");
    await pools[0].query("CREATE TABLE applied (event_id text PRIMARY KEY)");
  });
  after(async () => {
    for (const pool of pools ?? []) await pool.end();
    await database?.drop();
  });

  const add = (counter: Counter): Counter => ({
    ...counter,
    version: counter.version + 1,
    total: counter.total + 1,
  });

  async function newCounter(): Promise<string> {
    const id = newId();
    await pools[0].query("INSERT INTO counter VALUES ($1, 1, 0)", [id]);
    return id;
  }

  async function read(id: string): Promise<Counter> {
    const { rows } = await pools[0].query<Counter>("SELECT * FROM counter WHERE id = $1", [id]);
    return rows[0]!;
  }

  it("loses no change of two processes that write one row at once", async () => {
    const [here, there] = [updatesOn(pools[0]), updatesOn(pools[1])];
    const id = await newCounter();
    const calls = Array.from({ length: 100 }, () => [here({ id, decide: add }), there({ id, decide: add })]);
    await Promise.all(calls.flat());
    expect(await read(id)).to.deep.equal({ id, version: 201, total: 200 });
  });

  it("decides again on what was committed while it waited for the row, and its neighbours do not wait", async () => {
    const update = updatesOn(pools[0]);
    const [id, neighbour] = [await newCounter(), await newCounter()];
    const other = await pools[1].connect();
    await other.query("BEGIN");
    await other.query("SELECT FROM counter WHERE id = $1 FOR UPDATE", [id]);
    const seen: number[] = [];
    const blocked = update({ id, decide: (counter) => (seen.push(counter.total), add(counter)) });
    await update({ id: neighbour, decide: add });
    await eventually(async () => {
      const { rowCount } = await pools[1].query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      expect(rowCount).to.equal(1);
    });
    await other.query("UPDATE counter SET version = version + 1, total = 40 WHERE id = $1", [id]);
    await other.query("COMMIT");
    other.release();
    expect((await blocked).state).to.deep.equal({ id, version: 3, total: 41 });
    expect(seen.at(-1)).to.equal(40);
    expect(await read(id)).to.deep.equal({ id, version: 3, total: 41 });
  });

  it("applies an event once though both processes handle it at once", async () => {
    const both = pools.map((pool) => updatesOn(pool));
    for (let round = 0; round < 20; round++) {
      const [id, eventId] = [await newCounter(), `event ${round}`];
      const updated = await Promise.all(both.map((update) => update({ id, eventId, decide: add })));
      expect(updated.map(({ kind }) => kind)).to.have.members(["changed", "replayed"]);
      expect(await read(id)).to.include({ version: 2, total: 1 });
    }
  });

  it("records the event of a decision that changes nothing, and gives a repeat no second decision", async () => {
    const update = updatesOn(pools[0]);
    const [id, eventId] = [await newCounter(), "of no effect"];
    expect(await update({ id, eventId, decide: (counter) => counter })).to.include({ kind: "unchanged" });
    expect(await update({ id, eventId, decide: add })).to.include({ kind: "replayed" });
    expect(await read(id)).to.include({ version: 1, total: 0 });
  });

  it("decides on a given state without a read, and on the stored one where that is newer", async () => {
    const update = updatesOn(pools[0]);
    const id = await newCounter();
    const from = await read(id);
    expect((await update({ id, from, decide: add })).state).to.include({ version: 2, total: 1 });
    expect((await update({ id, from, decide: add })).state).to.include({ version: 3, total: 2 });
  });

  it("believes no rejection and no idleness that was decided on a given state", async () => {
    const update = updatesOn(pools[0]);
    const id = await newCounter();
    const from = await read(id);
    await update({ id, decide: add });
    const decide = (counter: Counter) => {
      if (counter.total === 0) throw new Error("nothing was added yet");
      return add(counter);
    };
    expect((await update({ id, from, decide })).state.total).to.equal(2);
    const addToSome = (counter: Counter) => (counter.total === 0 ? counter : add(counter));
    expect((await update({ id, from, decide: addToSome })).state.total).to.equal(3);
  });

  it("gives what a decision throws to its own caller alone", async () => {
    const update = updatesOn(pools[0]);
    const [id, other] = [await newCounter(), await newCounter()];
    const decide = () => {
      throw new Error("rejected");
    };
    const calls = [update({ id, decide }), update({ id: other, decide: add }), update({ id, decide: add })];
    const [rejected, ...rest] = await Promise.allSettled(calls);
    expect(rejected).to.have.property("reason").with.property("message", "rejected");
    expect(rest.map(({ status }) => status)).to.deep.equal(["fulfilled", "fulfilled"]);
  });

  it("throws where others have changed the row before each of its decisions was written", async () => {
    let decisions = 0;
    const update = updatesOn(pools[0], { beforeSave: (id) => raise(id) });
    const raise = (id: string) =>
      pools[1].query("UPDATE counter SET version = version + 1 WHERE id = $1", [id]);
    const id = await newCounter();
    const decide = (counter: Counter) => ((decisions += 1), add(counter));
    const failure: unknown = await update({ id, decide }).catch((error: unknown) => error);
    expect(failure).to.have.property("message", "contended");
    expect(decisions).to.be.greaterThan(1);
    expect(await read(id)).to.include({ total: 0 });
  });
});

function updatesOn(
  pool: Pool,
  { beforeSave }: { readonly beforeSave?: (id: string) => Promise<unknown> } = {},
) {
  return groupUpdates<Counter, Counter>({
    async read(commands: readonly Command<Counter, Counter>[]) {
      const params = [commands.map(({ id }) => id), commands.map(({ eventId }) => eventId ?? null)];
      const rows = await query<Counter & { readonly is_applied: boolean }>(pool, selectCounters, params);
      return rows.map(({ is_applied: isApplied, ...state }) => ({ state, isApplied }));
    },
    async save(changes: readonly Change<Counter, Counter>[], lockTimeoutMs = 0) {
      for (const { id } of changes) await beforeSave?.(id);
      const rows = await query<{ id: string }>(pool, saveCounters, [
        changes.map(({ id }) => id),
        changes.map(({ before }) => before.version),
        changes.map(({ decision }) => decision.version),
        changes.map(({ decision }) => decision.total),
        changes.map(({ eventId }) => eventId ?? null),
        String(lockTimeoutMs),
      ]);
      return new Set(rows.map(({ id }) => id));
    },
    isChange: ({ version }) => version > 1,
    stateAfter: (counter) => counter,
    missing: () => new Error("missing"),
    reused: () => new Error("reused"),
    contended: () => new Error("contended"),
  });
}

const selectCounters = {
  name: "select_counters",
  text: `SELECT counter.*, EXISTS (SELECT FROM applied WHERE event_id = command.event_id) AS is_applied
           FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS command(id, event_id, ord)
           JOIN counter ON counter.id = command.id ORDER BY ord`,
};

const saveCounters = {
  name: "save_counters",
  text: `WITH waits AS MATERIALIZED (
           SELECT set_config('lock_timeout', $6, true)
         ), changed AS MATERIALIZED (
           SELECT changed.* FROM waits, unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::text[])
             AS changed(id, decided_on, version, total, event_id)
         ), current AS MATERIALIZED (
           SELECT c.id FROM changed JOIN counter c ON c.id = changed.id
            WHERE c.version = changed.decided_on ORDER BY c.id FOR UPDATE OF c
         ), new_events AS (
           INSERT INTO applied SELECT event_id FROM changed
            WHERE event_id IS NOT NULL AND id = ANY(ARRAY(SELECT id FROM current)) ON CONFLICT DO NOTHING RETURNING event_id
         ), written AS MATERIALIZED (
           SELECT changed.* FROM changed WHERE id = ANY(ARRAY(SELECT id FROM current))
              AND (event_id IS NULL OR event_id IN (SELECT event_id FROM new_events))
         ), new_state AS (
           UPDATE counter SET version = written.version, total = written.total FROM written
            WHERE counter.id = written.id
         )
         SELECT id FROM written`,
};
