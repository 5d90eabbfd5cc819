import { moneyToDecimal, type Money } from "@till/money";
import type { Catalogue } from "./catalog.ts";
import { magicTokens } from "./psp/magic-tokens.ts";
import { pspDoors } from "./psp/endpoints.ts";
import { deliveryFees, feeRegion, saleCartPrefix, salePercent } from "./quote.ts";

/** What GET / tells a person who found the port. */
export function listing({ users, courses, sessions, products }: Catalogue): string {
  return [
    "Till's sandbox: stand-ins for users, courses, catalog, inventory, identity and a payment provider. Never for production.",
    "",
    "GET  /token?user=<id>&role=user|admin|service&ttl=<seconds>   a bearer token",
    "GET  /.well-known/jwks.json                                   the key that checks it",
    ...pspDoors,
    "GET  /stock                                                   what is available, reserved and committed",
    "GET  /stock?order_id=<id>                                     what is set aside for an order",
    'POST /stock/<product_id> {"available": n}                     restock',
    "",
    "On the gRPC port, for the roles service and admin:",
    "  till.user.v1.UserService, till.course.v1.CourseService, till.catalog.v1.CatalogService,",
    "  till.inventory.v1.InventoryService",
    "",
    "Payment tokens",
    ...[...magicTokens].map(([token, { says }]) => `  ${token.padEnd(31)} ${says}`),
    "  anything else                   declined for good: invalid_token",
    "",
    "Users",
    ...users.named.map(
      ({ id, displayName, active }) => `  ${id}  ${displayName}${active ? "" : ", inactive"}`,
    ),
    ...alike(users.loadPrefix, "an active user"),
    "",
    "Courses",
    ...courses.named.map(({ id, title, price, onSale }) => {
      return `  ${id}  ${title}, ${text(price)}${onSale ? "" : ", no longer on sale"}`;
    }),
    ...alike(courses.loadPrefix, "a course at EUR 10.00"),
    "",
    "Sessions",
    ...sessions.named.map(({ id, title, price, capacity }) => {
      return `  ${id}  ${title}, ${text(price)}, ${capacity} ${capacity === 1 ? "seat" : "seats"}`;
    }),
    ...alike(sessions.loadPrefix, "a session at EUR 15.00 with 100 seats"),
    "",
    "Products",
    ...products.named.map(
      ({ id, name, price, stock }) => `  ${id}  ${name}, ${text(price)}, ${stock} in stock`,
    ),
    ...alike(products.loadPrefix, "a product at EUR 5.00 with 1000000 in stock"),
    `  delivery is free; to region ${feeRegion} it costs ${deliveryFees.map(text).join(" or ")}`,
    `  a cart whose id begins with ${saleCartPrefix} has ${salePercent} % off its goods, rounded down`,
    "",
    "Goods stay reserved for an order until Commit, Release or the time that Reserve was told. Every Release of an",
    "order that had goods puts inventory.stock_release_processed on Kafka's inventory.events, if KAFKA_BROKERS is set.",
    "",
  ].join("\n");
}

function alike(prefix: string | undefined, what: string): string[] {
  return prefix === undefined ? [] : [`  ${prefix}…                 any id that begins so is ${what}`];
}

function text(price: Money): string {
  return `${price.currency} ${moneyToDecimal(price)}`;
}
