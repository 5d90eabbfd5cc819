import { expect } from "chai";
import { inboxInsert, inboxSelect } from "../src/consume.ts";
import { outbox } from "../src/outbox.ts";
import { anEvent, commit } from "./support/events.ts";
import { temporaryDatabase, type TemporaryDatabase } from "./support/temporary-database.ts";

const serverUrl = process.env.TILL_TEST_POSTGRES_URL;

describe("the event tables", () => {
  let database: TemporaryDatabase;

  before(async function () {
    if (!serverUrl) this.skip();
    database = await temporaryDatabase(serverUrl);
  });
  after(() => database?.drop());
  beforeEach(() => database.pool.query("DELETE FROM outbox"));

  const keys = async () => {
    const { rows } = await database.pool.query<{ key: string }>("SELECT key FROM outbox ORDER BY id");
    return rows.map(({ key }) => key);
  };

  it("number the events of a statement in the order they were given", async () => {
    const events = Array.from({ length: 500 }, (_, index) =>
      anEvent({ subject: String((index * 7919) % 500) }),
    );
    await commit(database.pool, ...events);
    expect(await keys()).to.deep.equal(events.map(({ subject }) => subject));
  });

  it("take only the events of what a statement has really written", async () => {
    const events = [anEvent({ subject: "won" }), anEvent({ subject: "lost" }), anEvent({ subject: "won" })];
    await database.pool.query(
      `WITH placed AS (SELECT 'won' AS id), inserted AS (${outbox(1).insert("event.key IN (SELECT id FROM placed)")})
       SELECT id FROM placed`,
      outbox(1).params(events),
    );
    expect(await keys()).to.deep.equal(["won", "won"]);
  });

  it("know which events a group has applied, and reject recording one twice", async () => {
    const ids = ["a", "b"];
    await database.pool.query(inboxInsert(1, 2), ["order", ids]);
    const seen = await database.pool.query(inboxSelect(1, 2), ["order", ["b", "c"]]);
    expect(seen.rows).to.deep.equal([{ event_id: "b" }]);
    const elsewhere = await database.pool.query(inboxSelect(1, 2), ["payment", ids]);
    expect(elsewhere.rows).to.deep.equal([]);
    const rejection = await database.pool
      .query(inboxInsert(1, 2), ["order", ["c", "a"]])
      .catch((error: unknown) => error);
    expect(rejection).to.have.property("code", "23505");
  });
});
