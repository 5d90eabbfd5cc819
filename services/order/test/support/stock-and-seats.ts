import type { Client } from "@connectrpc/connect";
import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../../test/support/eventually.ts";
import { berlin } from "../../../../test/support/fixtures.ts";
import type { OrderEnvironment } from "./order-service.ts";

/** Calls CreateOrder with an address in Berlin and a key of its own. */
export function placeOrder(client: Client<typeof OrderService>, items: object[], more: object = {}) {
  const request = { items, shippingAddress: berlin, idempotencyKey: v7(), ...more };
  return client.createOrder(request, { timeoutMs: 30_000 });
}

/** The metadata of a SESSION_FULL for one session. */
export const sessionFullMetadata = (id: string, wanted: number, available: number) => ({
  ...{ id, wanted: String(wanted), available: String(available) },
  ...{ [`${id}.wanted`]: String(wanted), [`${id}.available`]: String(available) },
});

type Stock = {
  readonly product_id: string;
  readonly available: number;
  readonly reserved: number;
  readonly committed: number;
};

/** A product's stock, as the sandbox's inventory has it. */
export async function stockOf({ sandbox }: Pick<OrderEnvironment, "sandbox">, productId: string) {
  const response = await fetch(`${sandbox.url}/stock`);
  const all = (await response.json()) as Stock[];
  return all.find(({ product_id }) => product_id === productId);
}

/** A product's units: available, reserved, committed. */
export async function unitsOf(environment: Pick<OrderEnvironment, "sandbox">, productId: string) {
  const { available, reserved, committed } = (await stockOf(environment, productId))!;
  return [available, reserved, committed];
}

/** Sets how many units of a product are available. */
export async function setStock(
  { sandbox }: Pick<OrderEnvironment, "sandbox">,
  productId: string,
  available: number,
): Promise<void> {
  const response = await fetch(`${sandbox.url}/stock/${productId}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ available }),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** Waits until the stock reservations of all orders that were rejected are released. Makes those due that wait. */
export const untilNoReservationRecords = (environment: Pick<OrderEnvironment, "query">) =>
  eventually(async () => {
    const left = await environment.query("UPDATE stock_intent SET due_at = now() RETURNING order_id");
    expect(left).to.deep.equal([]);
  });

/** The taken seats of a session, as the order service counts them. */
export async function seatsTaken(
  environment: Pick<OrderEnvironment, "query">,
  sessionId: string,
): Promise<number> {
  const sql = "SELECT taken FROM session_seats WHERE session_id = $1";
  const [row] = await environment.query(sql, [sessionId]);
  return (row?.taken ?? 0) as number;
}

/** A counter of the order service, summed over its labels. */
export async function counterOf(
  environment: Pick<OrderEnvironment, "metrics">,
  name: string,
): Promise<number> {
  const { values } = (await environment.metrics.getSingleMetric(name)?.get()) ?? { values: [] };
  return values.reduce((sum, { value }) => sum + value, 0);
}
