/** What the provider offers, a line a door. Where it says <id>, a payment_id or a ch_ id will do. */
export const pspDoors: readonly string[] = [
  "POST /psp/v1/payments                                         take or hold money; header Idempotency-Key",
  "POST /psp/v1/payments/<id>/captures | voids | refunds         move what is held or taken; Idempotency-Key",
  "GET  /psp/v1/payments/<id>                                    what became of a payment",
  "GET  /psp/v1/payments/<id>/operations/<Idempotency-Key>       what became of a capture, void or refund",
  "GET  /psp/v1/payments/<id>/action                             where the payer approves or declines",
  "POST /psp/v1/payments/<id>/action?result=approve|decline      the payer does",
  "GET  /psp/v1/tokens/<token>                                   the card behind a payment token, for show",
  "GET  /psp/v1/events?payment_id=                               the news, and how often it was delivered",
  "POST /psp/v1/webhooks/<event_id>/resend?times=<n>             deliver an event again",
  "GET  /psp/ledger?order_id=&payment_id=&from=&until=           each time money moved, was held or let go",
];
