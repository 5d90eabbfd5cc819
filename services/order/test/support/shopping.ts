import type { Client } from "@connectrpc/connect";
import type { CreateOrderItem, OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { randomHex } from "@till/ids";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../../test/support/eventually.ts";
import type { OrderWorld } from "./order-world.ts";

export const clinic = "018f0000-0000-7000-8000-0000000000e1";
export const mentorHour = "018f0000-0000-7000-8000-0000000000e2";
export const notebook = "018f0000-0000-7000-8000-0000000000b1";
export const firstEdition = "018f0000-0000-7000-8000-0000000000b2";
export const brush = "018f0000-0000-7000-8000-0000000000b3";
export const shop = "018f0000-0000-7000-8000-0000000000f9";

/** A session with 100 seats at EUR 15.00. */
export const anySession = () => `018f0000-0000-7000-b${randomHex(2).slice(1)}-${randomHex(6)}`;
/** A product at EUR 5.00, of which there is plenty. */
export const anyProduct = () => `018f0000-0000-7000-d${randomHex(2).slice(1)}-${randomHex(6)}`;

type What = NonNullable<CreateOrderItem["item"]["case"]>;
const line =
  <Case extends What>(what: Case) =>
  (value: string, quantity = 1) => ({ item: { case: what, value }, quantity });

/** Lines of an order. */
export const courseLine = line("courseId");
export const sessionLine = line("sessionId");
export const productLine = line("productId");

export const home = {
  regionCode: "DE",
  postalCode: "10115",
  locality: "Berlin",
  addressLines: ["Invalidenstr. 1"],
};
export const homeInIceland = { ...home, regionCode: "IS", locality: "Reykjavík" };

export const euros = (units: number, cents = 0) => ({
  currencyCode: "EUR",
  units: BigInt(units),
  nanos: cents * 10_000_000,
});

/** Places an order of a user, through the service's door, with a key of its own. */
export function place(client: Client<typeof OrderService>, items: object[], more: object = {}) {
  const asked = { items, shippingAddress: home, idempotencyKey: v7(), ...more };
  return client.createOrder(asked, { timeoutMs: 30_000 });
}

/** What a SESSION_FULL for one session says. */
export const fullOf = (id: string, wanted: number, available: number) => ({
  ...{ id, wanted: String(wanted), available: String(available) },
  ...{ [`${id}.wanted`]: String(wanted), [`${id}.available`]: String(available) },
});

/** Where a product's goods are. */
export async function stockOf({ sandbox }: Pick<OrderWorld, "sandbox">, productId: string) {
  const answer = await fetch(`${sandbox.url}/stock`);
  const all = (await answer.json()) as { product_id: string; available: number }[];
  return all.find(({ product_id }) => product_id === productId) as Stock | undefined;
}

export type Stock = {
  readonly product_id: string;
  readonly available: number;
  readonly reserved: number;
  readonly committed: number;
};

/** Says how many of a product are available. */
export async function restock(
  { sandbox }: Pick<OrderWorld, "sandbox">,
  productId: string,
  available: number,
): Promise<void> {
  const answer = await fetch(`${sandbox.url}/stock/${productId}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ available }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/**
 * Waits until nothing is set aside for orders that were refused. What the service had no time to give back at once it
 * gives back later, which is now.
 */
export const noLeftovers = (world: Pick<OrderWorld, "rows">) =>
  eventually(async () => {
    const left = await world.rows("UPDATE stock_intent SET due_at = now() RETURNING order_id");
    expect(left).to.deep.equal([]);
  });

/** How many seats of a session are taken. */
export async function seatsTaken(world: Pick<OrderWorld, "rows">, sessionId: string): Promise<number> {
  const [row] = await world.rows("SELECT taken FROM session_seats WHERE session_id = $1", [sessionId]);
  return (row?.taken ?? 0) as number;
}

/** A counter of the order service, summed over its labels. */
export async function counted(world: Pick<OrderWorld, "metrics">, name: string): Promise<number> {
  const { values } = (await world.metrics.getSingleMetric(name)?.get()) ?? { values: [] };
  return values.reduce((sum, { value }) => sum + value, 0);
}
