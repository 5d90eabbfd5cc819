import { transact } from "@till/postgres/statements";
import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { eraseEvents } from "../src/erase-events.ts";
import { temporaryDatabase, type TemporaryDatabase } from "./support/temporary-database.ts";

describe("eraseEvents", () => {
  let db: TemporaryDatabase;
  before(async function () {
    const url = process.env.TILL_TEST_POSTGRES_URL;
    if (!url) this.skip();
    db = await temporaryDatabase(url);
  });
  after(() => db?.drop());

  it("overwrites unsent events by their keys, once, and no others", async () => {
    for (const key of ["mine", "other"])
      await db.pool.query(
        `INSERT INTO outbox (event_id, topic, key, type, data_version, time, data)
         VALUES ($1, 'order.events', $2, 'order.cancelled', 1, now(), '{"remark":"secret"}')`,
        [randomUUID(), key],
      );
    const erase = (type: string, body: string) =>
      type === "order.cancelled" ? body.replace("secret", "-") : body;
    const eraseMine = () => transact(db, (tx) => eraseEvents(tx, ["mine"], { erase, tombstone: "-" }));
    expect(await eraseMine()).to.deep.equal(["mine"]);
    const { rows } = await db.pool.query(`SELECT key, data FROM outbox ORDER BY key`);
    expect(rows).to.deep.equal([
      { key: "mine", data: '{"remark":"-"}' },
      { key: "other", data: '{"remark":"secret"}' },
    ]);
    expect(await eraseMine()).to.deep.equal([]);
  });
});
