import { connect } from "@till/postgres/connect";
import { schemaDifferences } from "@till/postgres/schema-differences";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { testDatabase } from "../../../test/support/database.ts";
import { migrations } from "../migrations/index.ts";
import { entities } from "../src/store/entities.ts";

describe("The webhook service's schema", () => {
  it("is, once migrated, what its entities declare", async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    const database = await testDatabase();
    const log = createLog({ service: "test", level: "silent" });
    const db = await connect({ url: database.url, migrations, entities, log });
    expect(await schemaDifferences(db)).to.deep.equal([]);
    await db.close();
    await database.drop();
  });
});
