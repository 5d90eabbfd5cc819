import { money, type Money } from "@till/money";
import { z } from "zod";
import { callProvider, type Reply } from "./http-call.ts";
import type { Charge, Finding, Outcome, Provider } from "./provider.ts";

export type SandboxOptions = {
  /** What the provider's paths begin with, such as http://127.0.0.1:8090/psp/v1. */
  readonly url: string;
  readonly timeoutMs: number;
};

/** The sandbox's payment provider, over HTTP. */
export function sandboxProvider({ url, timeoutMs }: SandboxOptions): Provider {
  return {
    async charge(charge) {
      const reply = await callProvider(`${url}/payments`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": charge.paymentId },
        body: JSON.stringify(bodyOf(charge)),
        timeoutMs,
      });
      if ("kind" in reply) return reply;
      if (reply.status === 200) return outcomeOf(reply, charge);
      const refused = reply.status === 402 ? refusal.safeParse(reply.json).data?.error : undefined;
      return refused ? { kind: "declined", ...refused } : notUnderstood(reply);
    },

    async find(charge): Promise<Finding> {
      const reply = await callProvider(`${url}/payments/${charge.paymentId}`, { method: "GET", timeoutMs });
      if ("kind" in reply) return reply;
      if (reply.status === 200) return outcomeOf(reply, charge);
      // Any proxy answers 404; only the provider knows that it has no such payment.
      const isMissing = reply.status === 404 && missing.safeParse(reply.json).success;
      return isMissing ? { kind: "missing" } : notUnderstood(reply);
    },
  };
}

function bodyOf({ paymentId, orderId, amount, token }: Charge): object {
  const { currency, minorUnits } = amount;
  return {
    payment_id: paymentId,
    order_id: orderId,
    amount: Number(minorUnits),
    currency,
    token,
    capture: true,
  };
}

function outcomeOf(reply: Reply, { paymentId }: Charge): Outcome {
  const { data } = payment.safeParse(reply.json);
  const amount = data && amountOf(data);
  if (!amount || data.payment_id !== paymentId) return notUnderstood(reply);
  switch (data.status) {
    case "succeeded":
      return { kind: "approved", transactionId: data.id, amount };
    case "declined":
      return {
        kind: "declined",
        code: data.decline_code,
        reason: "The provider declined.",
        retryable: data.retryable,
      };
  }
}

function amountOf({ currency, amount }: z.output<typeof payment>): Money | undefined {
  try {
    return money(currency, BigInt(amount));
  } catch {
    // Not an amount we know how to read: the answer as a whole is not understood.
    return undefined;
  }
}

function notUnderstood({ status }: Reply): Outcome {
  return { kind: "unknown", why: `an answer that is not understood, HTTP ${status}` };
}

const code = z.string().regex(/^[\x21-\x7e]{1,100}$/);
const text = z.string().transform((said) =>
  said
    .replaceAll(/\p{Cc}/gu, " ")
    .slice(0, 500)
    .toWellFormed(),
);
const refusal = z.object({
  error: z.object({ code, message: text, retryable: z.boolean() }).transform(toFailure),
});
const missing = z.object({ error: z.object({ code: z.literal("payment_not_found") }) });
const common = { id: code, payment_id: z.string(), amount: z.int().positive(), currency: z.string() };
const payment = z.discriminatedUnion("status", [
  z.object({ status: z.literal("succeeded"), ...common }),
  z.object({ status: z.literal("declined"), decline_code: code, retryable: z.boolean(), ...common }),
]);

function toFailure({ code, message, retryable }: { code: string; message: string; retryable: boolean }) {
  return { code, reason: message, retryable };
}
