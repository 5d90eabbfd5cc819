import { createTill, type Order, type OrderEvent } from "@till/client";
import type { LocalSystem } from "./start-system.ts";

/** The order that shows a newcomer that everything works, with its history. */
export type FirstOrder = { readonly order: Order; readonly events: readonly OrderEvent[] };

const courses = ["018f0000-0000-7000-8000-0000000000c1", "018f0000-0000-7000-8000-0000000000c2"];

/** Places an order, pays it, and waits until the payment's event has made it PAID. */
export async function takeFirstOrder(
  { orderAddress, paymentAddress }: LocalSystem,
  token: string,
): Promise<FirstOrder> {
  const till = createTill({ orderAddress, paymentAddress, token });
  try {
    const { id, total } = await till.orders.create({ items: courses.map((courseId) => ({ courseId })) });
    await till.payments.process({ orderId: id, amount: total, paymentToken: "tok_approve" });
    for await (const { status } of till.orders.watch(id, { until: ["PAID"], timeoutMs: 20_000 }))
      if (status === "PAID") break;
    const events: OrderEvent[] = [];
    for await (const event of till.orders.events(id)) events.push(event);
    return { order: await till.orders.get(id), events };
  } finally {
    till.close();
  }
}

/** The order's history, a line an entry, with the time since it was placed. */
export function timeline(events: readonly OrderEvent[]): string[] {
  const startedAt = events[0]?.createdAt.getTime() ?? 0;
  return events.map(({ type, to, actor, createdAt }) => {
    const after = createdAt.getTime() - startedAt;
    return `${`+${after} ms`.padStart(8)}  ${type.padEnd(18)} ${to.padEnd(16)} ${actor}`;
  });
}
