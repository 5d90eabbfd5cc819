import { statuses } from "../../services/order/src/rules/order.ts";
import { nextStatuses } from "../../services/order/src/rules/transitions.ts";

/** A quality rule of ODCS. One that is a statement finds rows that break the rule, or measures. */
export type QualityRule = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly dimension: "accuracy" | "completeness" | "conformity" | "consistency" | "timeliness";
  readonly severity: "error";
  readonly type: "library" | "sql";
  readonly [field: string]: unknown;
};

const error = { severity: "error" } as const;

/** Of columns of `orders`, by the name of the property. */
export const orderPropertyRules: Readonly<Record<string, readonly QualityRule[]>> = {
  id: [
    {
      id: "order_id_not_null",
      name: "Order id is not null",
      description: "Every order has an id.",
      dimension: "completeness",
      ...error,
      type: "library",
      metric: "nullValues",
      mustBe: 0,
    },
  ],
  userId: [
    {
      id: "user_id_valid",
      name: "Order references a valid user",
      description:
        "A user's id is 1 to 128 printable ASCII characters; that the user exists and is active was verified with the users' system when the order was placed.",
      dimension: "conformity",
      ...error,
      type: "library",
      metric: "invalidValues",
      arguments: { pattern: "^[!-~]{1,128}$" },
      mustBe: 0,
    },
  ],
  totalAmount: [
    {
      id: "total_above_zero",
      name: "Total amount is above zero",
      description:
        "An order costs more than nothing; where the deployment allows free orders, their history says FREE.",
      dimension: "accuracy",
      ...error,
      type: "sql",
      query: lines(
        "SELECT count(*) FROM orders AS o",
        " WHERE o.total_minor < 0",
        "    OR (o.total_minor = 0 AND NOT EXISTS (",
        "      SELECT FROM order_event AS e WHERE e.order_id = o.id AND e.type = 'FREE'))",
      ),
      mustBe: 0,
    },
  ],
  status: [
    {
      id: "status_known",
      name: "Status is one of the order's statuses",
      description: "docs/order-states.md lists them.",
      dimension: "conformity",
      ...error,
      type: "library",
      metric: "invalidValues",
      arguments: { validValues: statuses },
      mustBe: 0,
    },
  ],
  updatedAt: [
    {
      id: "updated_within_24_hours",
      name: "Orders were updated within 24 hours",
      description:
        "Hours since the last change of any order. Changes are published at once; a day without one is an alarm, not the goal.",
      dimension: "timeliness",
      ...error,
      type: "sql",
      query: `SELECT coalesce(extract(epoch FROM now() - max(updated_at)) / 3600, 0) FROM orders`,
      unit: "hours",
      mustBeLessOrEqualTo: 24,
      schedule: "0 * * * *",
      scheduler: "cron",
    },
  ],
};

/** Of `orders` as a whole. */
export const orderRules: readonly QualityRule[] = [
  {
    id: "at_least_one_item",
    name: "Order has at least one item",
    description: "Every order has a line in order_items.",
    dimension: "completeness",
    ...error,
    type: "sql",
    query: lines(
      "SELECT count(*) FROM orders AS o",
      " WHERE NOT EXISTS (SELECT FROM order_items AS i WHERE i.order_id = o.id)",
    ),
    mustBe: 0,
  },
];

/** Of `order_event` as a whole. */
export const historyRules: readonly QualityRule[] = [
  {
    id: "valid_transitions",
    name: "Status follows valid transitions",
    description: "No order went from a status to one that docs/order-states.md does not allow after it.",
    dimension: "consistency",
    ...error,
    type: "sql",
    query: lines(
      "SELECT count(*) FROM order_event AS e",
      " WHERE e.from_status <> e.to_status",
      "   AND (e.from_status, e.to_status) NOT IN (VALUES",
      `     ${pairs()})`,
    ),
    mustBe: 0,
  },
  {
    id: "status_as_in_history",
    name: "Status is the one that the history ends with",
    description: "An order's status is what its last history entry led to.",
    dimension: "consistency",
    ...error,
    type: "sql",
    query: lines(
      "SELECT count(*) FROM orders AS o",
      " WHERE o.status IS DISTINCT FROM (",
      "   SELECT e.to_status FROM order_event AS e WHERE e.order_id = o.id",
      "    ORDER BY e.version DESC, e.position DESC LIMIT 1)",
    ),
    mustBe: 0,
  },
];

function lines(...all: readonly string[]): string {
  return all.join("\n");
}

/** The pairs of the state machine, three a line. */
function pairs(): string {
  const each = statuses.flatMap((from) => nextStatuses[from].map((to) => `('${from}', '${to}')`));
  const all = Array.from({ length: Math.ceil(each.length / 3) }, (_, line) =>
    each.slice(line * 3, line * 3 + 3).join(", "),
  );
  return all.join(",\n   ");
}
