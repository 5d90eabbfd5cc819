import { statuses } from "../services/order/src/rules/order.ts";
import { nextStatuses, transitions } from "../services/order/src/rules/transitions.ts";

/** docs/order-states.md, made from the one table in services/order/src/rules/transitions.ts. */
export function orderStates(): string {
  return [
    "# The states of an order",
    "",
    "Made from [the table of transitions](../services/order/src/rules/transitions.ts) by `npm run docs`; CI checks that it",
    "is in step. Any other pair is rejected with ILLEGAL_TRANSITION, and repeating a transition changes nothing.",
    "",
    "```mermaid",
    "stateDiagram-v2",
    "  [*] --> CREATED: CreateOrder",
    ...arrows(),
    "```",
    "",
    "| from | to | trigger | actors |",
    "| -- | -- | -- | -- |",
    ...transitions.flatMap(({ from, to, trigger, actors }) =>
      from.map((status) => `| ${status} | ${to} | ${trigger} | ${actors.join(", ")} |`),
    ),
    "",
    "| from, to → | " + statuses.join(" | ") + " |",
    "| -- |" + statuses.map(() => " :-: |").join(""),
    ...statuses.map((from) => {
      const cells = statuses.map((to) => (nextStatuses[from].includes(to) ? "●" : " "));
      return `| ${from} | ${cells.join(" | ")} |`;
    }),
    "",
  ].join("\n");
}

/** One arrow a pair, with each of its triggers. */
function arrows(): string[] {
  return statuses.flatMap((from) =>
    nextStatuses[from].map((to) => {
      const triggers = transitions
        .filter((one) => one.to === to && one.from.includes(from))
        .map(({ trigger }) => trigger);
      return `  ${from} --> ${to}: ${[...new Set(triggers)].join(" or ")}`;
    }),
  );
}
