import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { berlin, newUser, notebook, productLine } from "../../../test/support/fixtures.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment } from "./support/purchases.ts";

type Rule = {
  readonly id: string;
  readonly type: "library" | "sql";
  readonly metric?: string;
  readonly arguments?: { readonly pattern?: string; readonly validValues?: readonly string[] };
  readonly query?: string;
  readonly mustBe?: number;
  readonly mustBeLessOrEqualTo?: number;
};

type Table = {
  readonly physicalName: string;
  readonly properties: readonly { readonly physicalName: string; readonly quality?: readonly Rule[] }[];
  readonly quality?: readonly Rule[];
};

describe("The data contract of orders", () => {
  let environment: PurchaseEnvironment;
  let rules: ReadonlyMap<string, { readonly query: string; readonly rule: Rule }>;

  before(async () => {
    const path = join(import.meta.dirname, "../contracts/order-contract.yaml");
    const contract = parse(await readFile(path, "utf8")) as { readonly schema: readonly Table[] };
    rules = new Map(contract.schema.flatMap(rulesOf));
    environment = await startPurchaseEnvironment();
  });
  after(() => environment.stop());

  it("is kept by orders that were placed, paid, declined, refunded and cancelled", async () => {
    const declined = await environment.place();
    await environment.beginPayment(declined);
    await environment.decline(declined);
    const { orderId, buyer } = await environment.placePaid();
    await buyer.requestRefund({ orderId, reason: "not for me" });
    const goods = await environment.placeLines([productLine(notebook)], newUser(), {
      shippingAddress: berlin,
    });
    await goods.buyer.cancelOrder({ orderId: goods.orderId, reason: "changed my mind" });
    expect(await brokenRules()).to.deep.equal([]);
  });

  for (const [statement, broken] of [
    ["UPDATE orders SET total_minor = 0", "total_above_zero"],
    ["DELETE FROM order_items", "at_least_one_item"],
    [
      `INSERT INTO order_event (user_id, order_id, version, position, id, type, from_status, to_status, actor, reason, created_at)
       SELECT user_id, order_id, version, 99, gen_random_uuid(), type, 'REFUNDED', 'CREATED', actor, reason, created_at
         FROM order_event LIMIT 1`,
      "valid_transitions",
    ],
    ["UPDATE orders SET status = 'PAYMENT_FAILED' WHERE status = 'CREATED'", "status_as_in_history"],
    ["UPDATE orders SET updated_at = now() - interval '25 hours'", "updated_within_24_hours"],
  ] as const) {
    it(`finds what breaks ${broken}`, async () => {
      await environment.place();
      await environment.query("BEGIN");
      try {
        await environment.query(statement);
        expect(await brokenRules()).to.include(broken);
      } finally {
        await environment.query("ROLLBACK");
      }
    });
  }

  async function brokenRules(): Promise<string[]> {
    const broken: string[] = [];
    for (const [id, { query, rule }] of rules) {
      const [row] = await environment.query(query);
      const measured = Number(Object.values(row!)[0]);
      const { mustBe = measured, mustBeLessOrEqualTo = measured } = rule;
      if (measured !== mustBe || measured > mustBeLessOrEqualTo) broken.push(id);
    }
    return broken;
  }
});

/** The rules of a table and its columns, each with the statement that measures it. */
function rulesOf({ physicalName: table, properties, quality = [] }: Table) {
  const ofColumns = properties.flatMap(({ physicalName: column, quality: rules = [] }) =>
    rules.map((rule) => ({ rule, query: rule.query ?? metricQuery(table, column, rule) })),
  );
  const ofTable = quality.map((rule) => ({ rule, query: rule.query! }));
  return [...ofColumns, ...ofTable].map((measured) => [measured.rule.id, measured] as const);
}

/** What ODCS's metrics of a column count. */
function metricQuery(table: string, column: string, { metric, arguments: given = {} }: Rule): string {
  const { pattern, validValues } = given;
  const invalid = pattern
    ? `${column} !~ '${pattern}'`
    : `${column} NOT IN (${validValues?.map((value) => `'${value}'`).join(", ")})`;
  const conditions: Readonly<Record<string, string>> = {
    nullValues: `${column} IS NULL`,
    invalidValues: invalid,
  };
  return `SELECT count(*) FROM ${table} WHERE ${conditions[metric ?? ""]}`;
}
