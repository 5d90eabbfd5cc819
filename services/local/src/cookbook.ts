import type { LocalSystem } from "./start-system.ts";

type Ingredients = Pick<LocalSystem, "orderAddress" | "paymentAddress" | "tokenUrl" | "reflection"> & {
  readonly token: string;
  readonly orderId: string;
};

/** grpcurl lines to paste, with a token that works for a day. */
export function cookbook(ingredients: Ingredients): string {
  const { orderAddress, paymentAddress, tokenUrl, reflection, token, orderId } = ingredients;
  const grpcurl = reflection ? "grpcurl -plaintext" : `grpcurl -plaintext ${fromTheProtos}`;
  const call = (address: string, method: string, request: object) =>
    `${grpcurl} -H "authorization: Bearer $TOKEN" -d '${JSON.stringify(request)}' ${address} ${method}`;
  const anyCourse = "018f0000-0000-7000-a000-000000000001";
  const lines = [
    `export TOKEN=${token}`,
    `${grpcurl} ${orderAddress} list`,
    `${grpcurl} ${orderAddress} describe till.order.v1.OrderService`,
    call(orderAddress, "till.order.v1.OrderService/ListOrderEvents", { order_id: orderId }),
    call(orderAddress, "till.order.v1.OrderService/CreateOrder", {
      items: [{ course_id: anyCourse }],
      idempotency_key: "my-first-order",
    }),
    "",
    "# with the id that CreateOrder answered:",
    call(paymentAddress, "till.payment.v1.PaymentService/ProcessPayment", {
      order_id: "<id>",
      amount: { currency_code: "EUR", units: 10 },
      payment_token: "tok_approve",
      idempotency_key: "my-first-payment",
    }),
    call(orderAddress, "till.order.v1.OrderService/GetOrder", { order_id: "<id>" }),
    call(orderAddress, "till.order.v1.OrderService/ExplainOrder", { order_id: "<id>" }),
    call(orderAddress, "till.order.v1.OrderService/CancelOrder", {
      order_id: "<id>",
      idempotency_key: "undo",
    }),
    "",
    "# a token for another user, and the provider's ledger:",
    `curl -s '${tokenUrl}?user=018f0000-0000-7000-8000-0000000000a2&role=user'`,
    `curl -s ${new URL("/psp/ledger", tokenUrl).href}`,
  ];
  return `\nTry it:\n\n${lines.map((line) => (line ? `  ${line}` : "")).join("\n")}\n`;
}

/** How grpcurl, run in this repository, knows the services that do not tell of themselves. */
const fromTheProtos =
  "-import-path proto -import-path third_party -proto till/order/v1/order_service.proto -proto till/payment/v1/payment_service.proto";
