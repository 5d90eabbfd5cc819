import type { KnownReason, TillCode } from "../reasons.ts";
import type { TillError } from "../till-error.ts";

/** What a person can do about a failed call: by its reason, else by its code. */
export function hintOf({ reason, code }: TillError): string {
  return byReason[reason as KnownReason] ?? byCode[code];
}

const byReason: Readonly<Partial<Record<KnownReason, string>>> = {
  PRICE_CHANGED:
    "The prices are no longer those that were shown: create the order again with the current ones.",
  OUT_OF_STOCK: "Order no more than is available.",
  SESSION_FULL: "Book no more seats than are available, or another session.",
  ALREADY_PURCHASED: "The buyer has it already: till orders get <order_id> shows by which order.",
  ORDER_IN_PROGRESS:
    "An order for it is still to be paid: till pay <order_id>, or till orders cancel <order_id>.",
  SHIPPING_ADDRESS_REQUIRED: "Goods need an address: --country, --town, --postal-code, --street.",
  PAYMENT_DECLINED: "Pay again, with another card where failure_code says so: nothing was charged.",
  PAYMENT_UNKNOWN: "Repeat the same command with the same --key, or wait: it is never charged twice.",
  PAYMENT_METHOD_REQUIRED: "Name a card: --card <token> or --method <id>.",
  IDEMPOTENCY_KEY_REUSED: "The --key was used for another request: leave it out, or choose a new one.",
  ILLEGAL_TRANSITION: "till orders get <order-id> shows the order's status, which does not allow this.",
  ORDER_NOT_PAYABLE: "till orders get <order-id> shows the order's status, in which it cannot be paid.",
  WEBHOOK_URL_REJECTED:
    "Till posts to https at public addresses. On a laptop: till listen --public-url <url of a tunnel>, or TILL_WEBHOOK_ALLOW_HTTP and TILL_WEBHOOK_ALLOW_PRIVATE of the webhook service.",
  WEBHOOK_ENDPOINT_LIMIT_REACHED:
    "till webhooks list shows them; till webhooks delete <endpoint-id> makes room.",
  WEBHOOK_ENDPOINT_DISABLED: "till webhooks update <endpoint-id> --enable",
};

const byCode: Readonly<Record<TillCode, string>> = {
  CANCELLED: "The call was cancelled: repeat it.",
  UNKNOWN: "Report the request to those who run Till.",
  INVALID_ARGUMENT: "Mend what is named above; --help of the command has its options.",
  DEADLINE_EXCEEDED:
    "Repeat it, with a longer --timeout where it is slow. With the same --key nothing happens twice.",
  NOT_FOUND: "Compare the id, and whose token it is: what belongs to another user is not found.",
  ALREADY_EXISTS: "It is there already: list what there is.",
  PERMISSION_DENIED:
    "The token's role may not do this. On a laptop: till login --role admin, or --role service; else another --token.",
  RESOURCE_EXHAUSTED: "Wait, and repeat it.",
  FAILED_PRECONDITION: "Mend what is named above, and repeat it.",
  ABORTED: "Something else was changing the same thing: repeat it.",
  OUT_OF_RANGE: "Mend what is named above; --help of the command has its options.",
  UNIMPLEMENTED: "The services are older than this command, or the address is another one's.",
  INTERNAL: "Report the request to those who run Till.",
  UNAVAILABLE:
    "Are the services running, and is it TLS (grpcs://)? --order-address, --payment-address and --webhook-address say where they are.",
  DATA_LOSS: "Report the request to those who run Till.",
  UNAUTHENTICATED: "Run `till login`, or give a token by --token or TILL_TOKEN.",
};
