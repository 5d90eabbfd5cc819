import type { Command } from "commander";
import { describeEvent } from "./describe-order.ts";
import { withExamples } from "./examples.ts";
import { isJson, withTill } from "./session.ts";
import type { CliContext } from "./context.ts";

/** `till events <order-id>`. */
export function addEventsCommand(program: Command, context: CliContext): void {
  const events = program
    .command("events <order-id>")
    .description("print an order's history: what happened, when, and by whom")
    .action((id: string, _options: object, command: Command) =>
      withTill(command, context, async (till) => {
        for await (const event of till.orders.events(id))
          context.print(isJson(command) ? JSON.stringify(event) : describeEvent(event));
      }),
    );
  withExamples(events, ["till events <order-id>", "till events <order-id> --json | jq .type"]);
}
