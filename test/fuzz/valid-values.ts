import { ScalarType, type DescField } from "@bufbuild/protobuf";
import { magicTokens } from "../../services/sandbox/src/psp/magic-tokens.ts";
import type { KnownIds, Money } from "./known-ids.ts";
import type { Random } from "./random.ts";

/** Values that the services understand, by the name of the field: most name what the run has made. */
export type ValidValues = {
  text(field: DescField): string;
  integer(field: DescField): bigint;
  /** Of the order or payment that was named last, so that it fits. */
  money(): Money;
};

type Context = {
  readonly random: Random;
  readonly ids: KnownIds;
  /** The user whose orders, payments and so on are named. */
  readonly owner: string;
  readonly otherUser: string;
  /** Names the call: unique keys come from it. */
  readonly name: string;
};

const prefix = "018f0000-0000-7000-";
/** On sale, no longer on sale, sold out, about to begin. */
const courses = ["8000-0000000000c1", "8000-0000000000c2", "8000-0000000000c9", "a000-00000000f022"];
const sessions = [
  ...["8000-0000000000e1", "8000-0000000000e2", "8000-0000000000e3"],
  ...["b000-0000000000f1", "b000-0000000000f2", "b000-0000000000f3", "b000-0000000000f4"],
];
const products = ["8000-0000000000b1", "8000-0000000000b2", "8000-0000000000b3", "d000-0000000000f1"];

const unknownId = `${prefix}8000-00000000dead`;
const paymentTokens = [...magicTokens.keys(), "tok_no_such"];

/** What a field is about: `payment_id` and `order_ids` end in what they name. */
const named = /^(?:.*_)?(order|payment|booking|item|payment_method|reconciliation)_ids?$/;

export function validValues({ random, ids, owner, otherUser, name }: Context): ValidValues {
  let money: Money | undefined;
  const hex = (bytes: number) => random.bytes(bytes).toString("hex");

  function known(kind: string): string {
    const found = ids.pick(kind, owner, random);
    if (found?.total) money = found.total;
    return found?.id ?? unknownId;
  }

  function text({ name: field }: DescField): string {
    const kind = named.exec(field)?.[1];
    if (field === "payment_method_id") return known("payment_method");
    if (kind !== undefined) return known(kind);
    switch (field) {
      case "user_id":
        return random.chance(0.9) ? owner : otherUser;
      case "course_id":
        return random.chance(0.7) ? `${prefix}a000-${hex(6)}` : `${prefix}${random.pick(courses)}`;
      case "session_id":
        return `${prefix}${random.pick(sessions)}`;
      case "product_id":
        return `${prefix}${random.pick(products)}`;
      case "payment_token":
        return random.chance(0.6) ? "tok_approve" : random.pick(paymentTokens);
      case "idempotency_key":
        return random.chance(0.9) ? name : `shared-${random.below(20)}`;
      case "currency":
      case "currency_code":
        return random.pick(["EUR", "EUR", "EUR", "JPY", "KWD", "HRK"]);
      case "statuses":
        return random.pick(["paid", "CREATED", "ORDER_STATUS_PAID", "pending", "refunded"]);
      case "page_token":
      case "refund_page_token":
        return random.chance(0.5) ? "" : known("page_token");
      case "expected_hash":
        return hex(32);
      case "service":
        return random.pick(["", "till.order.v1.OrderService"]);
      default:
        return random.pick(["changed my mind", "Grüße aus Köln", "", `note ${hex(4)}`]);
    }
  }

  function integer(field: DescField): bigint {
    switch (field.name) {
      case "page_size":
      case "refund_page_size":
        return BigInt(random.pick([0, 1, 2, 50, 200]));
      case "quantity":
      case "seats":
        return BigInt(random.pick([1, 1, 2]));
      default:
        return field.scalar === ScalarType.BOOL ? BigInt(random.below(2)) : BigInt(random.below(6));
    }
  }

  return {
    text,
    integer,
    money() {
      const whole = money ?? { currencyCode: "EUR", units: BigInt(random.below(50)), nanos: 0 };
      // A part of it suits captures and refunds.
      return random.chance(0.7) ? whole : { ...whole, units: whole.units / 3n };
    },
  };
}
