import type { FastifyInstance } from "fastify";
import { createPayment } from "./create-payment.ts";
import { resumeFollowUps } from "./follow-ups.ts";
import { getLedger } from "./get-ledger.ts";
import { getOperation, getPayment } from "./get-payment.ts";
import { getToken } from "./get-token.ts";
import { doAction, showAction } from "./payer-action.ts";
import { createPsp, type PspOptions } from "./psp.ts";
import { resumeRefunds, runInDashboard, runOperation } from "./run-operation.ts";
import { listEvents, resendWebhook } from "./webhook-endpoints.ts";

/** Serves the provider under /psp. */
export function servePsp(app: FastifyInstance, options: PspOptions): void {
  const psp = createPsp(options);
  resumeRefunds(psp);
  resumeFollowUps(psp);
  app.post("/psp/v1/payments", createPayment(psp));
  app.get("/psp/v1/payments/:id", getPayment(psp));
  app.get("/psp/v1/payments/:id/action", showAction(psp));
  app.post("/psp/v1/payments/:id/action", doAction(psp));
  app.post("/psp/v1/payments/:id/captures", runOperation(psp, "capture"));
  app.post("/psp/v1/payments/:id/voids", runOperation(psp, "void"));
  app.post("/psp/v1/payments/:id/refunds", runOperation(psp, "refund"));
  app.post("/psp/dashboard/payments/:id/captures", runInDashboard(psp, "capture"));
  app.post("/psp/dashboard/payments/:id/voids", runInDashboard(psp, "void"));
  app.post("/psp/dashboard/payments/:id/refunds", runInDashboard(psp, "refund"));
  app.get("/psp/v1/payments/:id/operations/:key", getOperation(psp));
  app.get("/psp/v1/tokens/:token", getToken);
  app.get("/psp/v1/events", listEvents(psp));
  app.post("/psp/v1/webhooks/:event_id/resend", resendWebhook(psp));
  app.get("/psp/ledger", getLedger(psp));
  app.addHook("onClose", () => {
    psp.scheduler.close();
    psp.sender?.close();
  });
}
