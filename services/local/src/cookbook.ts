import type { LocalSystem } from "./start-system.ts";

type Ingredients = Pick<
  LocalSystem,
  "orderAddress" | "paymentAddress" | "webhookAddress" | "gatewayUrl" | "tokenUrl" | "reflection"
> & {
  readonly token: string;
  readonly orderId: string;
};

/**
 * grpcurl lines to paste whole into a shell, as often as one likes: for the order that has been paid, and for a new one.
 * The token works for a day.
 */
export function cookbook(ingredients: Ingredients): string {
  const { orderAddress, paymentAddress, webhookAddress, gatewayUrl } = ingredients;
  const { tokenUrl, reflection, token, orderId } = ingredients;
  const grpcurl = reflection ? "grpcurl -plaintext" : `grpcurl -plaintext ${fromTheProtos}`;
  const call = (address: string, method: string, request: string, as = "TOKEN") =>
    `${grpcurl} -H "authorization: Bearer $${as}" -d ${request} ${address} ${method}`;
  const order = (rpc: string, request: string) =>
    call(orderAddress, `till.order.v1.OrderService/${rpc}`, request);
  const webhook = (rpc: string, request: string) =>
    call(webhookAddress, `till.webhook.v1.WebhookService/${rpc}`, request, "SHOP");
  const ofEndpoint = (request: object = {}) => withId(request, "endpoint_id", "ENDPOINT");
  const ofFirst = (request: object = {}) => `'${JSON.stringify({ order_id: orderId, ...request })}'`;
  const anyCourse = "018f0000-0000-7000-a000-000000000001";
  const newOrder = { items: [{ course_id: anyCourse }], idempotency_key: "my-first-order" };
  const payment = {
    amount: { currency_code: "EUR", units: 10 },
    payment_token: "tok_approve",
    idempotency_key: "my-first-payment",
  };
  // Nothing has to listen there.
  const newEndpoint = { url: "http://127.0.0.1:9/webhooks", idempotency_key: "my-first-endpoint" };
  const lines = [
    `export TOKEN=${token}`,
    `${grpcurl} ${orderAddress} list`,
    `${grpcurl} ${orderAddress} describe till.order.v1.OrderService`,
    order("ListOrderEvents", ofFirst()),
    order("ExplainOrder", ofFirst()),
    "",
    "# cancel it, which refunds it:",
    order("CancelOrder", ofFirst({ reason: "only trying", idempotency_key: "my-first-cancellation" })),
    "",
    "# have the events of orders and payments posted to a URL, as a shop:",
    `SHOP=$(curl -s '${tokenUrl}?user=shop&role=service')`,
    `ENDPOINT=$(${webhook("CreateEndpoint", `'${JSON.stringify(newEndpoint)}'`)} | ${firstId}); echo $ENDPOINT`,
    "",
    "# place an order of your own, and pay it:",
    `ID=$(${order("CreateOrder", `'${JSON.stringify(newOrder)}'`)} | ${firstId}); echo $ID`,
    call(paymentAddress, "till.payment.v1.PaymentService/ProcessPayment", withId(payment)),
    order("GetOrder", withId()),
    "",
    "# look at the webhooks of it, send one again, and rotate the secret that they are signed with:",
    `until DELIVERY=$(${webhook("ListDeliveries", ofEndpoint())} | ${firstId} | grep .); do sleep 0.2; done`,
    webhook("ListDeliveries", ofEndpoint({ page_size: 1 })),
    webhook("RedeliverWebhook", withId({}, "delivery_id", "DELIVERY")),
    webhook("RotateSecret", ofEndpoint({ idempotency_key: "my-first-rotation" })),
    "",
    "# the same over HTTP, which all of it can be called by:",
    `curl -s -H "authorization: Bearer $TOKEN" ${gatewayUrl}/orders/${orderId}; echo`,
    `# in a browser: the operators' console at ${gatewayUrl}/console/, the REST paths at ${gatewayUrl}/docs`,
    "",
    "# a token for another user, and the provider's ledger:",
    `curl -s '${tokenUrl}?user=018f0000-0000-7000-8000-0000000000a2&role=user'; echo`,
    `curl -s ${new URL("/psp/ledger", tokenUrl).href}; echo`,
  ];
  return `\nTry it:\n\n${lines.map((line) => (line ? `  ${line}` : "")).join("\n")}\n`;
}

/** Prints the first id in a response: that of the order, the endpoint or the newest delivery. */
const firstId = String.raw`grep -o '"id": "[^"]*"' | sed -n '1s/.*"id": "//;1s/"$//p'`;

/** A shell word: the request as JSON, for what has its id in a variable of the shell. */
function withId(request: object = {}, field = "order_id", variable = "ID"): string {
  return `'${JSON.stringify({ [field]: `'$${variable}'`, ...request })}'`;
}

/** How grpcurl, run in this repository, knows the services that do not tell of themselves. */
const fromTheProtos =
  "-import-path proto -import-path third_party -proto till/order/v1/order_service.proto -proto till/payment/v1/payment_service.proto -proto till/webhook/v1/webhook_service.proto";
