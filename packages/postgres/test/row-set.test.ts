import { expect } from "chai";
import fc from "fast-check";
import pg from "pg";
import { testDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { rowSet } from "../src/statements.ts";

describe("rowSet", () => {
  let database: TestDatabase;
  let client: pg.Client;
  before(async () => {
    database = await testDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  after(async () => {
    await client.end();
    await database.drop();
  });

  const rows = rowSet("r", 1, {
    id: "uuid",
    name: "text",
    quantity: "integer",
    minor: "bigint",
    open: "boolean",
    at: "timestamptz",
    details: "jsonb",
    body: "json",
  });

  it("brings any rows to Postgres as they are, in their order", async () => {
    const text = fc.string({ unit: "binary" }).filter((value) => !value.includes("\0"));
    const row = fc.record({
      id: fc.option(fc.uuid()),
      name: fc.option(
        fc.oneof(text, fc.constantFrom("", "NULL", "null", "nUlL", "a b", '"', "\\", "{},", '\\"')),
      ),
      quantity: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      minor: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      open: fc.boolean(),
      at: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
      details: fc.option(fc.dictionary(text, text)),
      body: fc.json({ stringUnit: "binary" }).filter((value) => !value.includes("\0")),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (given) => {
        const { rows: got } = await client.query<Record<string, unknown>>(
          `SELECT ${rows.columns} FROM ${rows.from}`,
          rows.params(given),
        );
        expect(got.map((one) => ({ ...one, minor: BigInt(one.minor as string) }))).to.deep.equal(given);
      }),
      { numRuns: 200 },
    );
  });

  it("takes ids in upper case, and whole numbers for amounts", async () => {
    const id = "018F0000-0000-7000-8000-0000000000A1";
    const set = rowSet("r", 1, { id: "uuid", minor: "bigint" });
    const minors = [0, -1, 999_999_999_999_999, -999_999_999_999_999, 2 ** 32, -(2 ** 32) - 1];
    const { rows: got } = await client.query(
      `SELECT ${set.columns} FROM ${set.from}`,
      set.params(minors.map((minor) => ({ id, minor }))),
    );
    expect(got).to.deep.equal(minors.map((minor) => ({ id: id.toLowerCase(), minor: String(minor) })));
  });

  it("takes no id that is none", () => {
    const set = rowSet("r", 1, { id: "uuid" });
    const id = "018f0000-0000-7000-8000-0000000000a1";
    const others = [
      "",
      id.slice(1),
      `${id}0`,
      id.replace("f", "g"),
      id.replace("f", "é"),
      id.replace("f", "Ⅷ"),
      id.replaceAll("-", "0"),
    ];
    for (const other of others)
      expect(() => set.params([{ id: other }]), other).to.throw(TypeError, "not a UUID");
  });

  it("takes no number that is not whole, and no time that is none", () => {
    const set = rowSet("r", 1, { quantity: "integer", minor: "bigint", at: "timestamptz" });
    const row = { quantity: 1, minor: 1, at: new Date(0) };
    const wrong = [
      { quantity: 1.5 },
      { quantity: NaN },
      { minor: 0.5 },
      { minor: 2 ** 53 },
      { at: new Date(NaN) },
    ];
    for (const part of wrong)
      expect(() => set.params([{ ...row, ...part }])).to.throw(TypeError, "not a whole number");
    expect(() => set.params([{ ...row, quantity: 2 ** 31 }])).to.throw(RangeError);
  });

  it("takes as many rows as there are, of every type", async () => {
    for (const [type, value] of [
      ["bigint", 7n],
      ["bigint", 7],
      ["integer", 7],
      ["boolean", true],
      ["timestamptz", new Date(7)],
      ["jsonb", {}],
      ["text", "x".repeat(40)],
    ] as const) {
      const set = rowSet("r", 1, { value: type });
      const text = `SELECT count(*)::int AS count, count(DISTINCT value)::int AS kinds FROM ${set.from}`;
      const { rows: got } = await client.query(text, set.params(Array(40_000).fill({ value })));
      expect(got, type).to.deep.equal([{ count: 40_000, kinds: 1 }]);
    }
  });

  it("numbers its parameters so that another set can follow", () => {
    expect(rows.next).to.equal(9);
    expect(rowSet("s", rows.next, { id: "uuid" }).from).to.equal(
      "unnest($9::uuid[]) WITH ORDINALITY AS s(id, ord)",
    );
  });
});
