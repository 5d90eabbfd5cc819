/** Settings of `npm start` with free ports. */
export const freePorts = {
  TILL_ORDER_PORT: "0",
  TILL_PAYMENT_PORT: "0",
  TILL_SANDBOX_PORT: "0",
  TILL_SANDBOX_HTTP_PORT: "0",
  TILL_WEBHOOK_PORT: "0",
  TILL_GATEWAY_PORT: "0",
  TILL_ORDER_METRICS_PORT: "0",
  TILL_PAYMENT_METRICS_PORT: "0",
  TILL_GATEWAY_METRICS_PORT: "0",
};
