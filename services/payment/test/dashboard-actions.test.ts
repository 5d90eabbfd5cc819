import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { withoutRecovery, withWebhooks } from "./support/fixtures.ts";
import { paymentOperations, summaryOf } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";
import { postWebhook, webhookBody } from "./support/webhook-request.ts";

describe("In the sandbox's dashboard", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: { ...withWebhooks, ...withoutRecovery },
    });
  });
  after(() => environment?.stop());

  const actions = [
    ["capture", "authorize", "payment.captured", ["PROCESSED", 4900, 4900, 0]],
    ["void", "authorize", "payment.voided", ["VOIDED", 4900, 0, 0]],
    ["refund", "charge", "refund.succeeded", ["REFUNDED", 4900, 4900, 4900]],
  ] as const;
  for (const [action, begin, type, summary] of actions)
    it(`a ${action} is recorded as if Till had made it`, async () => {
      const { id, orderId } = await paymentOperations(environment)[begin](`tok_dashboard_${action}`);
      await eventually(async () =>
        expect((await environment.ledger(orderId)).map((entry) => entry.type)).to.include(action),
      );
      const url = `http://127.0.0.1:${environment.webhookPort}/webhooks/sandbox`;
      for (let times = 0; times < 2; times++)
        expect((await postWebhook(url, webhookBody(id, { type })))[0]).to.equal(200);
      await eventually(async () => {
        const { payment } = await paymentOperations(environment).get(id);
        expect(summaryOf(payment)).to.deep.equal(summary);
      });
    });
});
