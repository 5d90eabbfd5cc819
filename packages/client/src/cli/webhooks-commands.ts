import { DeliveryStatus } from "@till/gen/till/webhook/v1/webhook_service_pb";
import type { Command } from "commander";
import type { WebhookDeliveryFilter } from "../outgoing-webhooks.ts";
import type { CliContext } from "./context.ts";
import { describeDeliveries, describeEndpoint, describeEndpoints } from "./describe-webhook.ts";
import { withExamples } from "./examples.ts";
import { firstOf } from "./first-of.ts";
import { collect, countFrom, nameIn } from "./options.ts";
import { printList, printResult, withTill } from "./session.ts";

/** `till webhooks list|create|update|delete|rotate-secret|deliveries|redeliver`. */
export function addWebhooksCommands(program: Command, context: CliContext): void {
  const webhooks = program.command("webhooks").description("where webhooks are posted to (services, admins)");
  withExamples(webhooks, [
    "till webhooks create --url https://shop.example.com/till --events 'order.*'",
    "till webhooks deliveries <endpoint-id> --status failed",
    "till webhooks redeliver <delivery-id>",
  ]);

  const list = webhooks
    .command("list")
    .description("list endpoints, newest first")
    .action((_options: object, command: Command) =>
      withTill(command, context, async (till) => {
        const endpoints = await firstOf(till.webhooks.endpoints.list(), Infinity);
        printList(command, context, endpoints, describeEndpoints);
      }),
    );
  withExamples(list, ["till webhooks list"]);

  const create = webhooks
    .command("create")
    .description("create an endpoint, and show its secret this once")
    .requiredOption("--url <url>", "where webhooks are posted to, over https")
    .option(
      "--events <type>",
      "only these, such as order.confirmed or payment.*; may be repeated",
      collect,
      [],
    )
    .option("--description <text>", "for people")
    .option("--key <key>", "idempotency key")
    .action(({ url, events, description, key }: CreateOptions, command: Command) =>
      withTill(command, context, async (till) => {
        const endpoint = { url, eventTypes: events.length === 0 ? ["*"] : events, description };
        const created = await till.webhooks.endpoints.create(endpoint, { idempotencyKey: key });
        printResult(command, context, created, () => [
          ...describeEndpoint(created),
          `  secret  ${created.secret}`,
        ]);
      }),
    );
  withExamples(create, [
    "till webhooks create --url https://shop.example.com/till --events 'order.*' --events payment.refunded",
  ]);

  const update = webhooks
    .command("update <endpoint-id>")
    .description("change an endpoint, disable it, or enable it again")
    .option("--url <url>", "where webhooks are posted to from now on")
    .option("--events <type>", "the events from now on; may be repeated", collect, [])
    .option("--description <text>", "for people")
    .option("--disable", "send nothing until it is enabled again")
    .option("--enable", "send what waits, and new events")
    .action((id: string, options: UpdateOptions, command: Command) =>
      withTill(command, context, async (till) => {
        const { url, events: eventTypes, description, disable, enable } = options;
        const disabled = disable ? true : enable ? false : undefined;
        const changes = { url, eventTypes, description, disabled };
        printResult(command, context, await till.webhooks.endpoints.update(id, changes), describeEndpoint);
      }),
    );
  withExamples(update, ["till webhooks update <endpoint-id> --disable"]);

  const remove = webhooks
    .command("delete <endpoint-id>")
    .description("delete an endpoint with its deliveries")
    .action((id: string, _options: object, command: Command) =>
      withTill(command, context, async (till) => {
        await till.webhooks.endpoints.delete(id);
        printResult(command, context, { deleted: id }, () => [`deleted ${id}`]);
      }),
    );
  withExamples(remove, ["till webhooks delete <endpoint-id>"]);

  const rotate = webhooks
    .command("rotate-secret <endpoint-id>")
    .description("make a new secret; for 24 hours webhooks are signed with the former one as well")
    .action((id: string, _options: object, command: Command) =>
      withTill(command, context, async (till) =>
        printResult(command, context, await till.webhooks.endpoints.rotateSecret(id), ({ secret }) => [
          secret,
        ]),
      ),
    );
  withExamples(rotate, ["till webhooks rotate-secret <endpoint-id>"]);

  const deliveries = webhooks
    .command("deliveries <endpoint-id>")
    .description("list an endpoint's deliveries, newest first")
    .option("--status <status>", "only pending, delivered or failed ones")
    .option("--limit <count>", "how many at most", "20")
    .action((id: string, { status, limit }: DeliveriesOptions, command: Command) =>
      withTill(command, context, async (till) => {
        const count = countFrom(limit, "--limit");
        const filter: WebhookDeliveryFilter = {
          pageSize: Math.min(count, 200),
          ...(status !== undefined && { status: nameIn(DeliveryStatus, status, "--status") }),
        };
        const found = await firstOf(till.webhooks.deliveries.list(id, filter), count);
        printList(command, context, found, describeDeliveries);
      }),
    );
  withExamples(deliveries, ["till webhooks deliveries <endpoint-id> --status failed"]);

  const redeliver = webhooks
    .command("redeliver <delivery-id>")
    .description("send a delivery again, or now")
    .action((id: string, _options: object, command: Command) =>
      withTill(command, context, async (till) =>
        printResult(command, context, await till.webhooks.deliveries.redeliver(id), (delivery) =>
          describeDeliveries([delivery]),
        ),
      ),
    );
  withExamples(redeliver, ["till webhooks redeliver <delivery-id>"]);
}

type CreateOptions = {
  readonly url: string;
  readonly events: readonly string[];
  readonly description?: string;
  readonly key?: string;
};
type UpdateOptions = {
  readonly url?: string;
  readonly events: readonly string[];
  readonly description?: string;
  readonly disable?: boolean;
  readonly enable?: boolean;
};
type DeliveriesOptions = { readonly status?: string; readonly limit: string };
