import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { EntitySchema, type MigrationInterface, type QueryRunner } from "typeorm";
import { testDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { integer, nullable, primary, text } from "../src/columns.ts";
import { connect } from "../src/connect.ts";
import { schemaDifferences } from "../src/schema-differences.ts";

const log = createLog({ service: "test", level: "silent" });

class CreateNote1763700000000 implements MigrationInterface {
  name = "CreateNote1763700000000";
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE note (id integer PRIMARY KEY, text text CHECK (text <> ''))`);
    await runner.query(`CREATE INDEX note_text ON note (text)`);
  }
  async down(): Promise<void> {}
}

const note = { name: "note", columns: { id: primary(integer), text: nullable(text) } };
const indices = [{ name: "note_text", columns: ["text"] }];

describe("schemaDifferences", () => {
  let database: TestDatabase;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    database = await testDatabase();
  });
  after(() => database?.drop());

  async function differences(...entities: EntitySchema[]): Promise<string[]> {
    const db = await connect({ url: database.url, migrations: [CreateNote1763700000000], entities, log });
    try {
      return await schemaDifferences(db);
    } finally {
      await db.close();
    }
  }

  it("is empty where entities and tables agree", async () => {
    expect(await differences(new EntitySchema({ ...note, indices }))).to.deep.equal([]);
  });

  it("names a column, an index and a table that only one side has", async () => {
    const columns = { ...note.columns, author: text };
    const found = await differences(new EntitySchema({ ...note, columns }));
    expect(found.join("\n")).to.include(`ADD "author"`).and.to.include(`DROP INDEX "public"."note_text"`);
    expect(await differences()).to.deep.equal(["no entity for the table note"]);
  });
});
