import type { RequestKey } from "@till/rpc/request-key";
import type { PostalAddress } from "@till/gen/google/type/postal_address_pb";
import type { CreateOrderItem, CreateOrderRequest } from "@till/gen/till/order/v1/order_service_pb";
import { isCurrency, type Money } from "@till/money";
import { amountFromProto, requireIdempotencyKey, requestKey, type Call } from "@till/rpc/server";
import { appError } from "../rules/errors.ts";
import type { ItemKind, OrderDetails } from "../rules/order.ts";
import { addressToJson } from "../proto.ts";

/** A CreateOrder request that is well-formed in itself; whether it can be carried out is another question. */
export type AskedOrder = {
  readonly key: RequestKey;
  readonly userId: string;
  readonly lines: readonly AskedLine[];
  /** Whether something in it has to be shipped. */
  readonly hasGoods: boolean;
  /** Where to, as a CLDR region code; empty where that is not said. */
  readonly region: string;
  readonly currency: string | undefined;
  readonly expectedTotal: Money | undefined;
  readonly acceptPriceChanges: boolean;
  readonly details: OrderDetails;
};

export type AskedLine = {
  readonly kind: ItemKind;
  /** The course, session or product. */
  readonly refId: string;
  readonly quantity: number;
  readonly expectedPrice: Money | undefined;
};

/** Reads a request. Throws INVALID_ARGUMENT, IDEMPOTENCY_KEY_… or PERMISSION_DENIED. */
export function askedOrderFromProto(request: CreateOrderRequest, call: Call): AskedOrder {
  const key = requireIdempotencyKey(request.idempotencyKey, call);
  const userId = buyerOf(request, call);
  const lines = request.items.map(lineFromProto);
  refuseRepeatedCourse(lines);
  const expectedTotal = request.expectedTotal && amountFromProto(request.expectedTotal, "expected_total");
  const currency = oneCurrency(request.currency, lines, expectedTotal);
  const { shippingAddress, billingAddress } = request;
  const asked = {
    userId,
    lines,
    hasGoods: lines.some(({ kind }) => kind === "PHYSICAL"),
    region: shippingAddress?.regionCode ?? "",
    currency,
    expectedTotal,
    acceptPriceChanges: request.acceptPriceChanges,
    details: {
      ...(request.cartId && { cartId: request.cartId }),
      ...(request.notes && { notes: request.notes }),
      ...(shippingAddress && { shippingAddress: addressFromProto(shippingAddress, "shipping_address") }),
      ...(billingAddress && { billingAddress: addressFromProto(billingAddress, "billing_address") }),
    },
  };
  return { ...asked, key: requestKey(key, call, contentOf(asked)) };
}

/** A user buys for itself; a service says for whom. */
function buyerOf({ userId }: CreateOrderRequest, { caller }: Call): string {
  const asked = userId.toLowerCase();
  if (caller.role !== "user") {
    if (asked) return asked;
    throw appError("INVALID_ARGUMENT", "a service must name the user who buys", { field: "user_id" });
  }
  if (asked && asked !== caller.id)
    throw appError("PERMISSION_DENIED", "a user places orders for itself only");
  return caller.id;
}

function lineFromProto({ item, quantity = 1, unitPrice }: CreateOrderItem, index: number): AskedLine {
  const field = `items[${index}]`;
  if (item.case === undefined)
    throw appError("INVALID_ARGUMENT", "a line needs something to buy", { field: `${field}.item` });
  return {
    kind: kinds[item.case],
    refId: item.value.toLowerCase(),
    quantity,
    expectedPrice: unitPrice && amountFromProto(unitPrice, `${field}.unit_price`),
  };
}

const kinds = { courseId: "DIGITAL_COURSE", sessionId: "SESSION", productId: "PHYSICAL" } as const;

/** A course is bought once (spec section 6), so a second line of it is a mistake. */
function refuseRepeatedCourse(lines: readonly AskedLine[]): void {
  if (lines.length === 1) return;
  const seen = new Set<string>();
  lines.forEach(({ kind, refId }, index) => {
    if (kind !== "DIGITAL_COURSE") return;
    if (seen.has(refId))
      throw appError("INVALID_ARGUMENT", "the order has this course already", {
        field: `items[${index}].course_id`,
      });
    seen.add(refId);
  });
}

/** Everything the request says of money must be in one currency (spec section 6). */
function oneCurrency(
  asked: string,
  lines: readonly AskedLine[],
  total: Money | undefined,
): string | undefined {
  const named = [asked, total?.currency, ...lines.map(({ expectedPrice }) => expectedPrice?.currency)];
  const currencies = [...new Set(named.filter((currency) => currency))];
  if (asked && !isCurrency(asked))
    throw appError("INVALID_ARGUMENT", `${asked} is not an ISO 4217 currency`, { field: "currency" });
  if (currencies.length > 1)
    throw appError("INVALID_ARGUMENT", `an order has one currency, not ${currencies.join(" and ")}`, {
      field: "currency",
    });
  return currencies[0];
}

const longestAddress = 4_000;

/** An address as it is kept. google.type.PostalAddress has no rules of its own. */
function addressFromProto(address: PostalAddress, field: string): object {
  if (!/^([A-Z]{2}|[0-9]{3})?$/.test(address.regionCode))
    throw appError("INVALID_ARGUMENT", "must be a CLDR region code such as IS", {
      field: `${field}.region_code`,
    });
  const json = addressToJson(address);
  const text = Object.values(json).flat().join("\n");
  if (text.length > longestAddress)
    throw appError("INVALID_ARGUMENT", `must not be longer than ${longestAddress} characters`, { field });
  return json;
}

/** Two requests are the same when they ask for the same, however they say it: who buys, ids in upper case, one of a course. */
function contentOf({
  userId,
  lines,
  currency,
  expectedTotal,
  acceptPriceChanges,
  details,
}: Omit<AskedOrder, "key">) {
  const asked = lines.map((line) => [line.kind, line.refId, line.quantity, textOf(line.expectedPrice)]);
  return JSON.stringify([userId, asked, currency, textOf(expectedTotal), acceptPriceChanges, details]);
}

function textOf(amount: Money | undefined): string | undefined {
  return amount && `${amount.minorUnits} ${amount.currency}`;
}
