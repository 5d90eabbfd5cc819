import { createTill, isTillError, priceChangesOf } from "../../src/web.ts";

/** What a page does with the client for browsers, for the test that opens it in Chromium. */
export type Page = typeof page;

const page = {
  /** Buys a course while a watch of its order is open. */
  async buy(url: string, token: string, courseId: string) {
    const till = createTill({ url, token: () => token });
    const { id: orderId, total: amount } = await till.orders.create({ items: [{ courseId }] });
    const statuses: string[] = [];
    for await (const { status } of till.orders.watch(orderId, { until: ["PAID"] })) {
      if (statuses.length === 0)
        await till.payments.process({ orderId, amount, paymentToken: "tok_approve" });
      statuses.push(status);
    }
    const listed: string[] = [];
    for await (const { id } of till.orders.list({ statuses: ["PAID"], pageSize: 1 })) listed.push(id);
    return { orderId, statuses, listed };
  },

  /** The reason, facts and request id of a rejected call. */
  async rejection(url: string, token: string, courseId: string) {
    const till = createTill({ url, token });
    const unitPrice = { currency: "EUR", amount: "1.00" };
    try {
      await till.orders.create({ items: [{ courseId, unitPrice }] }, { requestId: "page-1" });
    } catch (error) {
      if (isTillError(error, "PRICE_CHANGED"))
        return {
          reason: error.reason,
          current: priceChangesOf(error)[0]?.current,
          requestId: error.requestId,
        };
    }
    return undefined;
  },

  /** The topics that each service consumes, as an admin sees them. */
  async topics(url: string, token: string) {
    const { ops } = createTill({ url, token });
    const topicsOf = async (service: typeof ops.orders) =>
      (await service.lag()).consumers.map(({ topic }) => topic);
    return { orders: await topicsOf(ops.orders), payments: await topicsOf(ops.payments) };
  },
};

Object.assign(globalThis, { page });
