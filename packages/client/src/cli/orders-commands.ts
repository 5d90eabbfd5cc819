import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import type { Command } from "commander";
import type { NewOrderItem } from "../order-requests.ts";
import type { Address } from "../address.ts";
import { describeEvent, describeOrder, describeOrders } from "./describe-order.ts";
import { withExamples } from "./examples.ts";
import { firstOf } from "./first-of.ts";
import { collect, countFrom, nameIn } from "./options.ts";
import { isJson, printList, printResult, withTill } from "./session.ts";
import type { CliContext } from "./context.ts";
import { UsageError } from "./usage-error.ts";

/** `till orders create|get|list|watch|cancel`. */
export function addOrdersCommands(program: Command, context: CliContext): void {
  const orders = program.command("orders").description("create, read, watch and cancel orders");

  const create = orders
    .command("create")
    .description("create an order at the current prices")
    .option("--course <id>", "a course; may be repeated", collect, [])
    .option("--session <id[=seats]>", "seats in a session; may be repeated", collect, [])
    .option("--product <id[=pieces]>", "pieces of a product; may be repeated", collect, [])
    .option("--user <id>", "the buyer, where a service orders for one")
    .option("--currency <code>", "ISO 4217 code; else that of the items")
    .option("--country <code>", "where goods are shipped, such as DE")
    .option("--town <name>")
    .option("--postal-code <code>")
    .option("--street <line>")
    .option("--notes <text>", "the buyer's remark")
    .option("--key <key>", "idempotency key: a repeat with it returns the same order")
    .action((options: CreateOptions, command: Command) =>
      withTill(command, context, async (till) => {
        const order = await till.orders.create(
          {
            items: itemsOf(options),
            userId: options.user,
            currency: options.currency,
            shippingAddress: addressOf(options),
            notes: options.notes,
          },
          { idempotencyKey: options.key },
        );
        printResult(command, context, order, describeOrder);
      }),
    );
  withExamples(create, [
    "till orders create --course course-1",
    "till orders create --product prod-123=2 --country DE --town Berlin --key my-order-17",
  ]);

  const show = orders
    .command("get <order-id>")
    .description("show an order")
    .action((id: string, _options: object, command: Command) =>
      withTill(command, context, async (till) =>
        printResult(command, context, await till.orders.get(id), describeOrder),
      ),
    );
  withExamples(show, ["till orders get <order-id> --json | jq .status"]);

  const listing = orders
    .command("list")
    .description("list orders, newest first")
    .option("--status <status>", "only this status, such as PAID; may be repeated", collect, [])
    .option("--user <id>", "only orders of this user")
    .option("--course <id>", "only orders with this course")
    .option("--product <id>", "only orders with this product")
    .option("--limit <count>", "how many at most", "20")
    .action((options: ListOptions, command: Command) =>
      withTill(command, context, async (till) => {
        const limit = countFrom(options.limit, "--limit");
        const list = till.orders.list({
          statuses: options.status.map((text) => nameIn(OrderStatus, text, "--status")),
          userId: options.user,
          courseId: options.course,
          productId: options.product,
          pageSize: Math.min(limit, 200),
        });
        printList(command, context, await firstOf(list, limit), describeOrders);
      }),
    );
  withExamples(listing, ["till orders list --status paid --limit 5"]);

  const watch = orders
    .command("watch <order-id>")
    .description("print an order and then each change as it happens, until the order has ended")
    .option("--until <status>", "also end at this status; may be repeated", collect, [])
    .option("--follow", "go on after the order has ended")
    .action((id: string, options: WatchOptions, command: Command) =>
      withTill(command, context, async (till) => {
        const until = options.until.map((text) => nameIn(OrderStatus, text, "--until"));
        for await (const update of till.orders.watch(id, { until, follow: options.follow }))
          if (isJson(command)) context.print(JSON.stringify(update));
          else if (update.kind === "snapshot") describeOrder(update.order).forEach(context.print);
          else context.print(describeEvent(update.event));
      }),
    );
  withExamples(watch, ["till orders watch <order-id> --until paid"]);

  const cancel = orders
    .command("cancel <order-id>")
    .description("cancel an order; what was paid is refunded")
    .option("--reason <text>", "why, for people")
    .option("--key <key>", "idempotency key")
    .action((id: string, { reason, key }: CancelOptions, command: Command) =>
      withTill(command, context, async (till) =>
        printResult(
          command,
          context,
          await till.orders.cancel(id, { reason, idempotencyKey: key }),
          describeOrder,
        ),
      ),
    );
  withExamples(cancel, ["till orders cancel <order-id> --reason 'changed my mind'"]);
}

type CreateOptions = {
  readonly course: readonly string[];
  readonly session: readonly string[];
  readonly product: readonly string[];
  readonly user?: string;
  readonly currency?: string;
  readonly country?: string;
  readonly town?: string;
  readonly postalCode?: string;
  readonly street?: string;
  readonly notes?: string;
  readonly key?: string;
};
type ListOptions = {
  readonly status: readonly string[];
  readonly user?: string;
  readonly course?: string;
  readonly product?: string;
  readonly limit: string;
};
type WatchOptions = { readonly until: readonly string[]; readonly follow?: boolean };
type CancelOptions = { readonly reason?: string; readonly key?: string };

function itemsOf({ course, session, product }: CreateOptions): NewOrderItem[] {
  const items = [
    ...course.map((courseId) => ({ courseId })),
    ...session.map(counted).map(({ id, quantity }) => ({ sessionId: id, quantity })),
    ...product.map(counted).map(({ id, quantity }) => ({ productId: id, quantity })),
  ];
  if (items.length === 0) throw new UsageError("an order needs a --course, a --session or a --product");
  return items;
}

/** `id=3` is three of an item. */
function counted(text: string): { readonly id: string; readonly quantity: number | undefined } {
  const [, id = text, count] = /^(.+)=(\d{1,3})$/.exec(text) ?? [];
  return { id, quantity: count === undefined ? undefined : Number(count) };
}

function addressOf({ country, town, postalCode, street }: CreateOptions): Address | undefined {
  if (country === undefined) {
    if (town ?? postalCode ?? street) throw new UsageError("an address needs a --country, such as DE");
    return undefined;
  }
  const addressLines = street === undefined ? [] : [street];
  return { regionCode: country.toUpperCase(), locality: town, postalCode, addressLines };
}
