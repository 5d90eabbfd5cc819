import { money, moneyToDecimal } from "@till/money";
import type { RouteHandlerMethod } from "fastify";
import { z } from "zod";
import { HttpError } from "../http-error.ts";
import { parse } from "../parse-request.ts";
import { carryOut } from "./apply-change.ts";
import { declineOf } from "./declines.ts";
import { requirePayment } from "./get-payment.ts";
import { decline, take, type Payment } from "./payment.ts";
import type { Psp } from "./psp.ts";

/** GET /psp/v1/payments/:id/action: where a payer approves or declines. */
export function showAction(psp: Psp): RouteHandlerMethod {
  return ({ params }, reply) => {
    return reply.type("text/html; charset=utf-8").send(pageFor(requirePayment(psp, params).payment));
  };
}

/** POST /psp/v1/payments/:id/action?result=approve|decline: what the payer does. Once. */
export function doAction(psp: Psp): RouteHandlerMethod {
  return async ({ params, query }, reply) => {
    const { result } = parse(actionQuery, query);
    const record = requirePayment(psp, params);
    const { payment, key, capture } = record;
    if (payment.status !== "requires_action") {
      throw new HttpError(
        409,
        "wrong_state",
        `a payment that is ${payment.status} does not wait for its payer`,
      );
    }
    const change =
      result === "approve" ? take(payment, capture) : decline(payment, declineOf("authentication_failed"));
    const done = carryOut(psp, record, change, key);
    await done.after;
    return reply.send(done.payment);
  };
}

const actionQuery = z.strictObject({
  result: z.enum(["approve", "decline"], "must be approve or decline"),
});

/** Nothing in it is free text: a status, a currency and a number. */
function pageFor({ status, amount, currency }: Payment): string {
  const sum = `${currency} ${moneyToDecimal(money(currency, BigInt(amount)))}`;
  const buttons = ["approve", "decline"].map((result) => {
    return `<button formaction="?result=${result}">${result}</button>`;
  });
  // A form's own encoding is one that this door does not read.
  const form = `<form method="post" enctype="text/plain">${buttons.join(" ")}</form>`;
  const rest = status === "requires_action" ? form : `<p>Nothing to do: ${status}.</p>`;
  return `<!doctype html><title>Sandbox payment</title><p>Pay ${sum}?</p>${rest}\n`;
}
