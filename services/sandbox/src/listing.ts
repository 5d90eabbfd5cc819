import { moneyToDecimal } from "@till/money";
import { courses, loadCoursePrefix, loadUserPrefix, users } from "./catalogue.ts";
import { magicTokens } from "./psp/magic-tokens.ts";

/** What GET / tells a person who found the port. */
export function listing(): string {
  return [
    "Till's sandbox: stand-ins for users, courses, identity and a payment provider. Never for production.",
    "",
    "GET  /token?user=<id>&role=user|admin|service&ttl=<seconds>   a bearer token",
    "GET  /.well-known/jwks.json                                   the key that checks it",
    "POST /psp/v1/payments                                         take money; header Idempotency-Key",
    "GET  /psp/v1/payments/<payment_id or ch_ id>                  what became of a payment",
    "GET  /psp/ledger?order_id=&payment_id=                        each time money moved or was held",
    "gRPC till.user.v1.UserService, till.course.v1.CourseService   on the gRPC port; role service or admin",
    "",
    "Payment tokens",
    ...[...magicTokens].map(([token, { says }]) => `  ${token.padEnd(26)} ${says}`),
    "  anything else              declined for good: invalid_token",
    "",
    "Users",
    ...users.map(({ id, displayName, active }) => `  ${id}  ${displayName}${active ? "" : ", inactive"}`),
    `  ${loadUserPrefix}…                 any id that begins so is an active user`,
    "",
    "Courses",
    ...courses.map(({ id, title, price, onSale }) => {
      return `  ${id}  ${title}, ${price.currency} ${moneyToDecimal(price)}${onSale ? "" : ", no longer on sale"}`;
    }),
    `  ${loadCoursePrefix}…                 any id that begins so is a course at EUR 10.00`,
    "",
  ].join("\n");
}
