import { moneyToDecimal, type Money } from "@till/money";
import type { Catalog } from "./catalog.ts";
import type { Price } from "./price.ts";
import { magicTokens } from "./psp/magic-tokens.ts";
import { pspEndpoints } from "./psp/endpoints.ts";
import { deliveryFees, feeRegion, saleCartPrefix, salePercent } from "./quote.ts";

/** The text of GET /: endpoints, tokens and ids. */
export function listing({ users, courses, sessions, products }: Catalog): string {
  return [
    "Till's sandbox: stand-ins for users, courses, catalog, inventory, identity and a payment provider. Never for production.",
    "",
    "GET  /token?user=<id>&role=user|admin|service&ttl=<seconds>   a bearer token",
    "GET  /.well-known/jwks.json                                   the key that verifies it",
    ...pspEndpoints,
    "GET  /stock                                                   stock: available, reserved and committed",
    "GET  /stock?order_id=<id>                                     the reservation of an order",
    'POST /stock/<product_id> {"available": n}                     restock',
    'PUT  /catalog/<id> {"price": "12.50", "currency": "EUR",      change a course, session or product, or create one;',
    '     "on_sale": true, "starts_at": "2027-01-31T12:00:00Z",     any of the fields; kind, for a new id, is course,',
    '     "ends_at": …, "capacity": n, "cancelled": true, "kind": …} session or product',
    'PUT  /users/<id> {"active": true}                             change or create a user',
    "",
    "On the gRPC port, for the roles service and admin:",
    "  till.user.v1.UserService, till.course.v1.CourseService, till.catalog.v1.CatalogService,",
    "  till.inventory.v1.InventoryService",
    "",
    "Payment tokens",
    ...[...magicTokens].map(([token, { description }]) => `  ${token.padEnd(31)} ${description}`),
    "  anything else                   hard decline: invalid_token",
    "",
    "Users",
    ...users.named.map(
      ({ id, displayName, active }) => `  ${id}  ${displayName}${active ? "" : ", inactive"}`,
    ),
    ...generated(users.loadPrefix, "an active user"),
    "",
    "Courses",
    ...courses.named.map(({ id, title, price, onSale }) => {
      return `  ${id}  ${title}, ${text(price)}${onSale ? "" : ", no longer on sale"}`;
    }),
    ...generated(courses.loadPrefix, "a course at EUR 10.00"),
    "",
    "Sessions",
    ...sessions.named.map(({ id, title, price, capacity }) => {
      return `  ${id}  ${title}, ${text(price)}, ${capacity} ${capacity === 1 ? "seat" : "seats"}`;
    }),
    ...generated(sessions.loadPrefix, "a session at EUR 15.00 with 100 seats"),
    "",
    "Products",
    ...products.named.map(
      ({ id, name, price, stock }) => `  ${id}  ${name}, ${text(price)}, ${stock} in stock`,
    ),
    ...generated(products.loadPrefix, "a product at EUR 5.00 with 1000000 in stock"),
    `  delivery is free; to region ${feeRegion} it costs ${deliveryFees.map(moneyText).join(" or ")}`,
    `  a cart whose id begins with ${saleCartPrefix} has ${salePercent} % off its goods, rounded down`,
    "",
    "A reservation ends by Commit, by Release or when it expires. A Release with lines publishes",
    "inventory.stock_release_processed on Kafka's inventory.events, if KAFKA_BROKERS is set.",
    "",
  ].join("\n");
}

function generated(prefix: string | undefined, what: string): string[] {
  return prefix === undefined ? [] : [`  ${prefix}…                 any id with this prefix is ${what}`];
}

function text({ currency, decimal }: Price): string {
  return `${currency} ${decimal}`;
}

function moneyText(fee: Money): string {
  return `${fee.currency} ${moneyToDecimal(fee)}`;
}
