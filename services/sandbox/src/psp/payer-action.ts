import { money, moneyToDecimal } from "@till/money";
import type { RouteHandlerMethod } from "fastify";
import { z } from "zod";
import { HttpError } from "../http-error.ts";
import { parse } from "../parse-request.ts";
import { applyChange } from "./apply-change.ts";
import { declineOf } from "./declines.ts";
import { requirePayment } from "./get-payment.ts";
import { approve, decline, type Payment } from "./payment.ts";
import type { Psp } from "./psp.ts";

/** GET /psp/v1/payments/:id/action: the page where the payer approves or declines. */
export function showAction(psp: Psp): RouteHandlerMethod {
  return ({ params }, reply) => {
    return reply.type("text/html; charset=utf-8").send(pageFor(requirePayment(psp, params).payment));
  };
}

/** POST /psp/v1/payments/:id/action?result=approve|decline: the payer's decision, once. */
export function doAction(psp: Psp): RouteHandlerMethod {
  return async ({ params, query }, reply) => {
    const { result } = parse(actionQuery, query);
    const record = requirePayment(psp, params);
    const { payment, key, capture } = record;
    if (payment.status !== "requires_action") {
      const message = `a payment that is ${payment.status} does not wait for its payer`;
      throw new HttpError(409, "wrong_state", message);
    }
    const change =
      result === "approve" ? approve(payment, capture) : decline(payment, declineOf("authentication_failed"));
    const applied = applyChange(psp, record, change, key);
    await applied.sentAfter;
    return reply.send(applied.payment);
  };
}

const actionQuery = z.strictObject({
  result: z.enum(["approve", "decline"], "must be approve or decline"),
});

/** Needs no escaping: a status, a currency and a number. */
function pageFor({ status, amount, currency }: Payment): string {
  const sum = `${currency} ${moneyToDecimal(money(currency, BigInt(amount)))}`;
  const buttons = ["approve", "decline"].map((result) => {
    return `<button formaction="?result=${result}">${result}</button>`;
  });
  // The server does not parse a form's default encoding.
  const form = `<form method="post" enctype="text/plain">${buttons.join(" ")}</form>`;
  const rest = status === "requires_action" ? form : `<p>Nothing to do: ${status}.</p>`;
  return `<!doctype html><title>Sandbox payment</title><p>Pay ${sum}?</p>${rest}\n`;
}
