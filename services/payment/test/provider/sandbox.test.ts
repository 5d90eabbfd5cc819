import { newId } from "@till/ids";
import { startSandbox } from "@till/sandbox";
import { createLog, createMetrics } from "@till/telemetry";
import { webhookSecret } from "../support/fixtures.ts";
import { webhookBody, webhookSignature } from "../support/webhook-request.ts";
import { describeProvider } from "./suite/describe-provider.ts";

describeProvider({
  name: "sandbox's",
  async start() {
    const log = createLog({ service: "test", level: "silent" });
    const metrics = createMetrics({ service: "test" });
    const sandbox = await startSandbox({ host: "127.0.0.1", grpcPort: 0, httpPort: 0, log, metrics });
    return { url: new URL(sandbox.pspUrl).origin, close: () => sandbox.close() };
  },
  settings: ({ url, timeoutMs }) => ({
    kind: "sandbox",
    ...{ url: `${url}/psp/v1`, webhookSecret, timeoutMs },
  }),
  tokens: {
    approved: "tok_approve",
    stored: "tok_approve",
    unknown: "tok_/../unknown?",
    captureInParts: "tok_approve",
    requiresAction: "tok_requires_action",
    refundPending: "tok_refund_pending",
  },
  declines: [
    { token: "tok_decline", code: "insufficient_funds", retryable: true },
    { token: "tok_decline_hard", code: "stolen_card", retryable: false },
  ],
  webhooks: {
    body: webhookBody,
    foreignBody: () => webhookBody(`order-${newId()}`),
    headers: (body, how) => ({ "psp-signature": webhookSignature(body, how) }),
  },
});
