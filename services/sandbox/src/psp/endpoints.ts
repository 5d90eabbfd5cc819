/** The provider's endpoints, one line each, for GET /. An <id> is a payment_id or a ch_ id. */
export const pspEndpoints: readonly string[] = [
  "POST /psp/v1/payments                                         charge or authorize; header Idempotency-Key",
  "POST /psp/v1/payments/<id>/captures | voids | refunds         capture, void or refund; Idempotency-Key",
  "GET  /psp/v1/payments/<id>                                    a payment",
  "GET  /psp/v1/payments/<id>/operations/<Idempotency-Key>       a capture, void or refund",
  "GET  /psp/v1/payments/<id>/action                             the page where the payer approves or declines",
  "POST /psp/v1/payments/<id>/action?result=approve|decline      approves or declines as the payer",
  "POST /psp/dashboard/payments/<id>/captures | voids | refunds  the same, run in the provider's dashboard; no key",
  "GET  /psp/v1/tokens/<token>                                   the card behind a payment token, masked",
  "GET  /psp/v1/events?payment_id=                               events with the number of their deliveries",
  "POST /psp/v1/webhooks/<event_id>/resend?times=<n>             delivers an event again",
  "GET  /psp/ledger?order_id=&payment_id=&from=&until=           each movement, authorization and void of money; in pages",
  "                 &limit=<1..1000>&after=<entry id>            with limit: pass the page's next as after",
];
