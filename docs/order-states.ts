import { edges, statuses, transitions } from "../services/order/src/rules/order.ts";

/** docs/order-states.md, made from the one table in services/order/src/order.ts. */
export function orderStates(): string {
  return [
    "# The states of an order",
    "",
    "Made from the table in [`services/order/src/order.ts`](../services/order/src/order.ts) by `npm run docs`; CI checks",
    "that it is in step. Any other pair is refused with ILLEGAL_TRANSITION, and repeating a transition changes nothing.",
    "",
    "```mermaid",
    "stateDiagram-v2",
    "  [*] --> CREATED: CreateOrder",
    ...arrows(),
    "```",
    "",
    "| from | to | by | who |",
    "| -- | -- | -- | -- |",
    ...edges.flatMap(({ from, to, by, who }) =>
      from.map((status) => `| ${status} | ${to} | ${by} | ${who.join(", ")} |`),
    ),
    "",
    "| from, to → | " + statuses.join(" | ") + " |",
    "| -- |" + statuses.map(() => " :-: |").join(""),
    ...statuses.map((from) => {
      const cells = statuses.map((to) => (transitions[from].includes(to) ? "●" : " "));
      return `| ${from} | ${cells.join(" | ")} |`;
    }),
    "",
  ].join("\n");
}

/** One arrow a pair, with everything that takes it. */
function arrows(): string[] {
  return statuses.flatMap((from) =>
    transitions[from].map((to) => {
      const causes = edges.filter((edge) => edge.to === to && edge.from.includes(from)).map(({ by }) => by);
      return `  ${from} --> ${to}: ${[...new Set(causes)].join(" or ")}`;
    }),
  );
}
