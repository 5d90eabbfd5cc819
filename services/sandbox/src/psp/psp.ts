import type { FastifyInstance } from "fastify";
import { createPayment } from "./create-payment.ts";
import { getLedger } from "./get-ledger.ts";
import { getPayment } from "./get-payment.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createOnce, type Once } from "./once.ts";
import { createPayments, type Payments } from "./payments.ts";

/** A payment service provider: what it has done, what it has answered and its book. All of it in memory. */
export type Psp = {
  readonly payments: Payments;
  readonly ledger: Ledger;
  readonly once: Once;
  readonly now: () => number;
};

/** How many payments, keys and ledger entries are kept, about 600 MB of them; beyond that the oldest go. */
const keep = 500_000;

/** The provider's doors under /psp, one line each. */
export function servePsp(app: FastifyInstance, now: () => number): void {
  const psp = { payments: createPayments(keep), ledger: createLedger(keep), once: createOnce(keep), now };
  app.post("/psp/v1/payments", createPayment(psp));
  app.get("/psp/v1/payments/:id", getPayment(psp));
  app.get("/psp/ledger", getLedger(psp));
}
