import { createClient } from "@connectrpc/connect";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { grpcTransport } from "@till/rpc/client";
import { expect } from "chai";
import { failureOf } from "../../../test/support/failure-of.ts";
import { newUser } from "../../../test/support/fixtures.ts";
import { startPaymentEnvironment } from "./support/payment-service.ts";

const calls = 300;

/** Makes so many calls at once, and waits until each has failed. */
async function repeat(call: () => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: calls }, () => failureOf(call())));
}

describe("Accesses that are rejected again and again", () => {
  it("are twenty audit entries and one with the number of the others, of each caller, RPC and reason", async () => {
    const environment = await startPaymentEnvironment({
      env: { TILL_PSP_WEBHOOK_SECRET: "a secret of this test", TILL_WEBHOOK_PORT: "0" },
    });
    try {
      const user = newUser();
      const transport = grpcTransport({ address: environment.addresses[0]!, retries: false });
      const anonymous = createClient(PaymentService, transport);
      const curious = environment.payments(user);
      await repeat(() => anonymous.getPayment({ paymentId: newId() }));
      await repeat(() => curious.verifyAudit({}));
      const url = `http://127.0.0.1:${environment.webhookPort}/webhooks/sandbox`;
      const statuses = await Promise.all(
        Array.from({ length: calls }, async () => (await fetch(url, { method: "POST", body: "{}" })).status),
      );
      expect(new Set(statuses)).to.deep.equal(new Set([401]));
      transport.close();
      await environment.stopPaymentService();
      const counts = await environment.query(
        `SELECT actor, action, result, count(*)::int AS entries, max(details::json ->> 'repeats')::int AS repeats
           FROM audit_entry GROUP BY actor, action, result ORDER BY actor, action, result`,
      );
      const twentyAndOne = { entries: 21, repeats: calls - 20 };
      expect(counts).to.deep.equal([
        {
          actor: "anonymous",
          action: "PaymentService/GetPayment",
          result: "UNAUTHENTICATED",
          ...twentyAndOne,
        },
        { actor: "anonymous", action: "webhooks/sandbox", result: "SIGNATURE_MISSING", ...twentyAndOne },
        {
          actor: `user:${user}`,
          action: "PaymentService/VerifyAudit",
          result: "PERMISSION_DENIED",
          ...twentyAndOne,
        },
      ]);
    } finally {
      await environment.stop();
    }
  });
});
