import {
  createTill,
  isTillError,
  minorUnitsOf,
  priceChangesOf,
  type Order,
  type OrderStatus,
  type WebhookEndpoint,
} from "@till/client";
import { createTill as createWebTill } from "@till/client/web";
import { signWebhook, verifyWebhook, WebhookError } from "@till/client/webhooks";

/** The program of another team: `main.js <order address> <payment address> <token> <course>` prints what it saw. */
const [orderAddress, paymentAddress, token = "", courseId = ""] = process.argv.slice(2);
const till = createTill({ orderAddress, paymentAddress, token: () => token });

const shown = { currency: "EUR", amount: "1.00" };
let reason = "none";
try {
  await till.orders.create({ items: [{ courseId, unitPrice: shown }] });
} catch (error) {
  if (!isTillError(error, "PRICE_CHANGED")) throw error;
  reason = `${error.reason} to ${priceChangesOf(error)[0]?.current}`;
}

const created = await till.orders.create({ items: [{ courseId }] });
await till.payments.process({ orderId: created.id, amount: created.total, paymentToken: "tok_approve" });
const statuses: OrderStatus[] = [];
for await (const { status } of till.orders.watch(created.id, { until: ["PAID"] })) statuses.push(status);
const orders: Order[] = [];
for await (const order of till.orders.list({ statuses: ["PAID"] })) orders.push(order);
till.close();

const unsigned = await verifyWebhook({}, "{}", "whsec_AAAA").catch((error: unknown) =>
  error instanceof WebhookError ? error.problem : "other",
);
const secret = "whsec_c2VjcmV0";
const signed = await verifyWebhook(await signWebhook({ id: "msg_1", body: "{}" }, secret), "{}", secret);
/** What only has to compile: operators' calls. */
async function disableEndpoints(): Promise<WebhookEndpoint[]> {
  const { orders } = till.ops;
  if ((await orders.stuck()).length > 0 || (await orders.lag()).outboxRows > 0)
    await orders.deadLetters.replayAll("order.created");
  const disabled: WebhookEndpoint[] = [];
  for await (const { id } of till.webhooks.endpoints.list())
    disabled.push(await till.webhooks.endpoints.update(id, { disabled: true }));
  return disabled;
}
const web = createWebTill({ url: "http://127.0.0.1:1", token, maxRetries: 0 });
const offline = await web.orders
  .get(created.id)
  .catch((error: unknown) => isTillError(error) && error.reason);

console.log(
  JSON.stringify({
    id: created.id,
    reason,
    paid: orders.map(({ id, captured }) => [id === created.id, String(minorUnitsOf(captured))]),
    last: statuses.at(-1),
    unsigned,
    signed: signed.id,
    operators: typeof disableEndpoints,
    offline,
  }),
);
