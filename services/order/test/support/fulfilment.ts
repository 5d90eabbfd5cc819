import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { berlin, notebook, productLine } from "../../../../test/support/fixtures.ts";
import { historyOf, type Purchase, type PurchaseEnvironment } from "./purchases.ts";

type Step = "READY_TO_SHIP" | "SHIPPED" | "DELIVERED" | "COMPLETED" | "RETURNED";

const steps: readonly Step[] = ["READY_TO_SHIP", "SHIPPED", "DELIVERED"];

/** UpdateOrderStatus as a service. */
export function moveTo(
  environment: PurchaseEnvironment,
  { orderId }: Purchase,
  status: Step,
  more: object = {},
) {
  return environment.platform.updateOrderStatus({ orderId, status: OrderStatus[status], ...more });
}

/** A paid order of a notebook (EUR 12.50) and more lines, moved step by step to a status. */
export async function placePhysical(
  environment: PurchaseEnvironment,
  to?: Step,
  more: Parameters<PurchaseEnvironment["placeLines"]>[0] = [],
): Promise<Purchase> {
  const lines = [productLine(notebook), ...more];
  const purchase = await environment.placeLines(lines, undefined, { shippingAddress: berlin });
  await environment.beginAndPay(purchase);
  for (const status of to ? steps.slice(0, steps.indexOf(to) + 1) : [])
    await moveTo(environment, purchase, status);
  return purchase;
}

/** An order's history without the entries of its stock. */
export const historyWithoutStock = async (purchase: Purchase) =>
  (await historyOf(purchase)).filter((entry) => !/^(STOCK|INVENTORY)_/.test(entry));
