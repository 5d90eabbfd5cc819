import { canonicalId } from "@till/ids";
import type { PostalAddress } from "@till/gen/google/type/postal_address_pb";
import type { CreateOrderItem, CreateOrderRequest } from "@till/gen/till/order/v1/order_service_pb";
import { isCurrency, type Money } from "@till/money";
import type { RequestKey } from "@till/rpc/request-key";
import { amountFromProto, requestKey, requireIdempotencyKey, type Call } from "@till/rpc/server";
import type { ExpectedPrices } from "../pricing/expected-prices.ts";
import type { LineRequest } from "../pricing/offers.ts";
import type { QuoteInput } from "../pricing/quote-order.ts";
import type { OrderDetails } from "../rules/order.ts";
import { addressToJson } from "../proto/order.ts";
import { appError } from "../rules/errors.ts";

/** A valid CreateOrder request; the current offers decide whether it can be carried out. */
export type CreateOrderInput = Omit<QuoteInput & ExpectedPrices, "lines"> & {
  readonly key: RequestKey;
  readonly userId: string;
  readonly lines: readonly CreateOrderLine[];
  /** Whether a line has to be shipped. */
  readonly hasGoods: boolean;
  readonly details: OrderDetails;
};

type CreateOrderLine = LineRequest & { readonly expectedPrice: Money | undefined };

/** Reads a request. Throws INVALID_ARGUMENT, IDEMPOTENCY_KEY_… or PERMISSION_DENIED. */
export function createOrderInput(request: CreateOrderRequest, call: Call): CreateOrderInput {
  const key = requireIdempotencyKey(request.idempotencyKey, call);
  const userId = buyerOf(request, call);
  const lines = request.items.map(lineFromProto);
  requireEachCourseOnce(lines);
  if (lines.length === 0 && !request.cartId)
    throw appError("INVALID_ARGUMENT", "an order needs items, or a cart", { field: "items" });
  const expectedTotal = request.expectedTotal && amountFromProto(request.expectedTotal, "expected_total");
  const currency = oneCurrency(request.currency, lines, expectedTotal);
  const { shippingAddress, billingAddress } = request;
  const input = {
    userId,
    lines,
    hasGoods: hasGoods(lines),
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
  return { ...input, key: requestKey(key, call, contentOf(input)) };
}

/** The input with what is in its cart as its lines. Throws CART_NOT_FOUND, or UPSTREAM_UNAVAILABLE for an impossible cart. */
export function withCartLines(input: CreateOrderInput, cartLines: readonly LineRequest[]): CreateOrderInput {
  const { cartId: id = "" } = input.details;
  if (cartLines.length === 0)
    throw appError("CART_NOT_FOUND", `there is nothing in cart ${id}`, { metadata: { id } });
  const courses = cartLines.flatMap(({ kind, refId }) => (kind === "DIGITAL_COURSE" ? [refId] : []));
  if (cartLines.length > mostLines || new Set(courses).size < courses.length)
    throw appError("UPSTREAM_UNAVAILABLE", "catalog sent a cart that is no order", { upstream: "catalog" });
  const lines = cartLines.map((line) => ({ ...line, expectedPrice: undefined }));
  return { ...input, lines, hasGoods: hasGoods(lines) };
}

const mostLines = 100;

function hasGoods(lines: readonly LineRequest[]): boolean {
  return lines.some(({ kind }) => kind === "PHYSICAL");
}

/** The user who buys: a user buys for itself, a service names the user. */
function buyerOf({ userId }: CreateOrderRequest, { caller }: Call): string {
  const named = canonicalId(userId);
  if (caller.role !== "user") {
    if (!named)
      throw appError("INVALID_ARGUMENT", "a service must name the user who buys", { field: "user_id" });
    return named;
  }
  if (named && named !== caller.id)
    throw appError("PERMISSION_DENIED", "a user places orders for itself only");
  return caller.id;
}

function lineFromProto({ item, quantity = 1, unitPrice }: CreateOrderItem, index: number): CreateOrderLine {
  const field = `items[${index}]`;
  if (item.case === undefined)
    throw appError("INVALID_ARGUMENT", "a line needs something to buy", { field: `${field}.item` });
  if (item.case === "courseId" && quantity !== 1)
    throw appError("INVALID_ARGUMENT", "a course is bought once", { field: `${field}.quantity` });
  return {
    kind: kinds[item.case],
    refId: canonicalId(item.value),
    quantity,
    expectedPrice: unitPrice && amountFromProto(unitPrice, `${field}.unit_price`),
  };
}

const kinds = { courseId: "DIGITAL_COURSE", sessionId: "SESSION", productId: "PHYSICAL" } as const;

/** A course is bought once. Throws INVALID_ARGUMENT where two lines have the same. */
function requireEachCourseOnce(lines: readonly CreateOrderLine[]): void {
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

/** The one currency of all amounts in the request; undefined where it has none. */
function oneCurrency(
  requested: string,
  lines: readonly CreateOrderLine[],
  total: Money | undefined,
): string | undefined {
  const named = [requested, total?.currency, ...lines.map(({ expectedPrice }) => expectedPrice?.currency)];
  const currencies = [...new Set(named.filter((currency) => currency))];
  if (requested && !isCurrency(requested))
    throw appError("INVALID_ARGUMENT", `${requested} is not an ISO 4217 currency`, { field: "currency" });
  if (currencies.length > 1)
    throw appError("INVALID_ARGUMENT", `an order has one currency, not ${currencies.join(" and ")}`, {
      field: "currency",
    });
  return currencies[0];
}

const longestAddress = 4_000;

/** An address as it is stored. google.type.PostalAddress has no rules of its own. */
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

/** The content of a request, the same for requests that mean the same: ids in any case, defaults named or left out. */
function contentOf({
  userId,
  lines,
  currency,
  expectedTotal,
  acceptPriceChanges,
  details,
}: Omit<CreateOrderInput, "key">) {
  const items = lines.map((line) => [line.kind, line.refId, line.quantity, textOf(line.expectedPrice)]);
  return JSON.stringify([userId, items, currency, textOf(expectedTotal), acceptPriceChanges, details]);
}

function textOf(amount: Money | undefined): string | undefined {
  return amount && `${amount.minorUnits} ${amount.currency}`;
}

/** The parts of a google.type.PostalAddress as JSON that name a place. */
type AddressParts = {
  readonly regionCode?: string;
  readonly locality?: string;
  readonly addressLines?: readonly string[];
};

/** Throws SHIPPING_ADDRESS_REQUIRED unless an address has a region, and an address line or a locality that is not blank. */
export function requireShippingAddress(address: AddressParts = {}): void {
  const { regionCode = "", locality = "", addressLines = [] } = address;
  const hasRegion = !isBlank(regionCode);
  const hasPlace = ![locality, ...addressLines].every(isBlank);
  if (hasRegion && hasPlace) return;
  const [field, description] = hasPlace
    ? ["shipping_address.region_code", "goods need the region they are shipped to"]
    : hasRegion
      ? ["shipping_address.address_lines", "goods need an address line or a locality to be shipped to"]
      : ["shipping_address", "an order with products needs a shipping address"];
  throw appError("SHIPPING_ADDRESS_REQUIRED", description, { field });
}

/** Whether a text has no letter and no digit. */
function isBlank(text: string): boolean {
  return !/[\p{L}\p{N}]/u.test(text);
}
