import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { sandboxConfig } from "../src/config.ts";
import { magicTokens } from "../src/psp/magic-tokens.ts";
import { get, operate, resultOf } from "./support/psp-client.ts";
import { startReceiver } from "./support/webhook-receiver.ts";
import { pay, paymentRequest, startTestSandbox } from "./support/sandbox-client.ts";

describe("secrets of the PSP", () => {
  it("are required with the webhook URL: both or neither", () => {
    const url = "http://127.0.0.1:8081/webhooks/sandbox";
    const both = { TILL_PSP_WEBHOOK_URL: url, TILL_PSP_WEBHOOK_SECRET: "whsec_1" };
    expect(sandboxConfig(both).webhook).to.eql({ url, secret: "whsec_1" });
    expect(sandboxConfig({}).webhook).to.equal(undefined);
    expect(() => sandboxConfig({ TILL_PSP_WEBHOOK_URL: url })).to.throw("TILL_PSP_WEBHOOK_SECRET is missing");
    expect(() => sandboxConfig({ TILL_PSP_WEBHOOK_SECRET: "whsec_1" }))
      .to.throw("TILL_PSP_WEBHOOK_URL is missing")
      .that.satisfies((error: Error) => !error.message.includes("whsec_1"));
    expect(() => sandboxConfig({ ...both, TILL_PSP_WEBHOOK_URL: "ftp://127.0.0.1" })).to.throw(
      "WEBHOOK_URL:",
    );
  });

  it("and payment tokens are never logged, and a payment token is never sent", async () => {
    let logged = "";
    const log = createLog({
      service: "sandbox",
      level: "trace",
      destination: { write: (line) => (logged += line) },
    });
    const receiver = await startReceiver();
    receiver.respondWith((response) => response.writeHead(500).end());
    const sandbox = await startTestSandbox({ log, webhook: receiver.webhook });
    const tokens = [...magicTokens.keys(), "tok_4242424242424242"];
    await Promise.all(
      tokens.map(async (token) => {
        const request = paymentRequest({ token });
        const within = (ms: number) => ({ signal: AbortSignal.timeout(ms) });
        await resultOf(pay(sandbox, request, within(1_500)));
        await resultOf(operate(sandbox, request.payment_id, "refunds", { amount: 1 }, within(500)));
        await get(sandbox, `/tokens/${token}`);
        await get(sandbox, `/tokens/${token}%20`);
        const shown = await get(sandbox, `/payments/${request.payment_id}`);
        expect(JSON.stringify(shown)).not.to.include("tok_");
        expect(
          receiver
            .about(request.payment_id)
            .map(({ body }) => body)
            .join(),
        ).not.to.include("tok_");
      }),
    );
    await sandbox.close();
    await receiver.close();
    expect(logged)
      .to.include("webhook delivery failed")
      .and.not.include("tok_")
      .and.not.include(receiver.webhook.secret);
  });
});
