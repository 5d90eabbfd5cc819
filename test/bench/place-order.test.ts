import { connect } from "@till/postgres/connect";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { migrations } from "../../services/order/migrations/index.ts";
import { entities } from "../../services/order/src/store/entities.ts";
import { testDatabase } from "../support/database.ts";

describe("The bench's plain transaction", () => {
  it("writes one order into the order service's tables as they are", async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    const database = await testDatabase();
    const log = createLog({ service: "test", level: "silent" });
    await (await connect({ url: database.url, migrations, entities, log })).close();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    for (const statement of await statementsOf("place-order.pgbench.sql", client)) await statement();
    const { rows } = await client.query(
      "SELECT (SELECT count(*)::int FROM order_items) AS items, (SELECT count(*)::int FROM order_event) AS history, (SELECT count(*)::int FROM outbox) AS events FROM orders",
    );
    await client.end();
    await database.drop();
    expect(rows).to.deep.equal([{ items: 2, history: 2, events: 1 }]);
  });
});

/** The script's statements; what pgbench's `\set` and `\gset` carry on stands in them as a literal. */
async function statementsOf(file: string, client: pg.Client): Promise<(() => Promise<void>)[]> {
  const script = await readFile(join(import.meta.dirname, file), "utf8");
  const variables = new Map<string, string>();
  for (const [, name] of script.matchAll(/^\\set (\w+)/gm)) variables.set(name!, "1");
  return script
    .replaceAll(/^(--|\\set).*$/gm, "")
    .split(/;$| \\gset$/m)
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map((text) => async () => {
      const literal = text.replaceAll(/(?<!:):(\w+)/g, (whole, name: string) => variables.get(name) ?? whole);
      const { rows } = await client.query<Record<string, string>>(literal);
      for (const [name, value] of Object.entries(rows[0] ?? {})) variables.set(name, pg.escapeLiteral(value));
    });
}
