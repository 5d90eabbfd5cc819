import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expandOf, page } from "./stripe-lists.ts";
import { stripeMock } from "../../../../test/support/stripe-mock.ts";
import {
  cancel,
  capture,
  cardShown,
  error,
  invalid,
  newIntent,
  newRefund,
  type Form,
  type StripeDispute,
  type StripeIntent,
  type StripeObject,
  type StripeRefund,
  type StripeResponse,
} from "./stripe-objects.ts";

/** As much of Stripe as the adapter needs, on a port of its own. */
export type StripeStandIn = {
  readonly url: string;
  readonly intents: StripeIntent[];
  readonly refunds: StripeRefund[];
  readonly disputes: StripeDispute[];
  /** The requests received: method and path, form, idempotency key. */
  readonly requests: { what: string; form: Form; key: string | undefined }[];
  /** Responds to the next request instead of the stand-in; returns whether it did. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** The status of a PaymentIntent of which a part was captured, once it is canceled. */
  statusAfterCancel: string;
  /** Whether the search finds nothing yet, as in the minute after a charge. */
  searchLags: boolean;
  /** Throws when Stripe's own description rejects a request that was received. */
  close(): Promise<void>;
};

/**
 * Opens the stand-in. Payment methods are scenarios: pm_ok, pm_3ds, pm_multi, pm_saved (of cus_7), pm_once (charged
 * before), pm_refund_pending, pm_<decline code>, pm_missing.
 */
export async function stripeStandIn(): Promise<StripeStandIn> {
  const responses = new Map<string, { fingerprint: string; result: StripeResponse }>();
  const judge = stripeMock();
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const standIn: StripeStandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    intents: [],
    refunds: [],
    disputes: [],
    requests: [],
    instead: undefined,
    statusAfterCancel: "canceled",
    searchLags: false,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await judge?.verdict();
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, standIn.url);
    const what = `${request.method} ${pathname.replace("/v1", "")}`;
    let text = "";
    for await (const chunk of request) text += String(chunk);
    judge?.examine(request, text);
    const form = Object.fromEntries([...searchParams, ...new URLSearchParams(text)]);
    const key = request.headers["idempotency-key"] as string | undefined;
    standIn.requests.push({ what, form, key });
    const result = once(request.method === "POST" ? key : undefined, what + text, () => carryOut(what, form));
    const { instead } = standIn;
    standIn.instead = undefined;
    if (instead?.(request, response)) return;
    response
      .writeHead(result.status, { "content-type": "application/json" })
      .end(JSON.stringify(expanded(result.body, expandOf(form))));
  }

  function once(key: string | undefined, fingerprint: string, execute: () => StripeResponse): StripeResponse {
    const known = key ? responses.get(key) : undefined;
    if (known && known.fingerprint !== fingerprint) return error(400, "idempotency_error", {});
    const result = known?.result ?? execute();
    if (key) responses.set(key, { fingerprint, result });
    return result;
  }

  function carryOut(what: string, form: Form): StripeResponse {
    const [, id, step] = /\/payment_intents\/(pi_\d+)(?:\/(\w+))?$/.exec(what) ?? [];
    const [, method] = /^GET \/payment_methods\/(\w+)$/.exec(what) ?? [];
    const intent = standIn.intents.find((one) => one.id === id);
    switch (what) {
      case "POST /payment_intents":
        return create(form);
      case "GET /payment_intents":
        return page(standIn.intents, form);
      case "GET /payment_intents/search":
        return search(form);
      case "POST /refunds":
        return refund(form);
      case "GET /refunds":
        return page(standIn.refunds, form);
      case "GET /disputes":
        return page(standIn.disputes, form);
      case "GET /charges":
        return page(
          standIn.intents.flatMap(({ latest_charge: charge }) => charge ?? []),
          form,
        );
    }
    if (method !== undefined && method !== "pm_missing")
      return {
        status: 200,
        body: { id: method, card: cardShown, customer: method === "pm_saved" ? "cus_7" : null },
      };
    if (!intent) return invalid({ code: "resource_missing" }, 404);
    if (step === "capture") return capture(intent, form);
    if (step === "cancel") return cancel(intent, standIn.statusAfterCancel);
    return { status: 200, body: intent };
  }

  function search({ query }: Form): StripeResponse {
    const wanted = /"([^"]+)"$/.exec(query!)?.[1];
    const isWanted = ({ metadata }: StripeIntent) => !standIn.searchLags && metadata.payment_id === wanted;
    return { status: 200, body: { object: "search_result", data: standIn.intents.filter(isWanted) } };
  }

  function create(form: Form): StripeResponse {
    const method = form.payment_method!;
    const problem = problemWith(method, form.customer);
    if (problem) return problem;
    const intent = newIntent(form, standIn.intents.length + 1);
    standIn.intents.push(intent);
    if (approved.has(method)) return { status: 200, body: intent };
    const untried = { amount_received: 0, latest_charge: null };
    if (method === "pm_3ds" && form.return_url) {
      const next_action = { type: "redirect_to_url", redirect_to_url: { url: "https://bank.test/3ds" } };
      Object.assign(intent, { ...untried, status: "requires_action", next_action });
      return { status: 200, body: intent };
    }
    const reason = declineOf(method === "pm_3ds" ? "authentication_required" : method.slice(3));
    const last_payment_error = { ...reason, decline_code: reason.decline_code ?? null };
    Object.assign(intent, { ...untried, status: "requires_payment_method", last_payment_error });
    return error(402, "card_error", { ...reason, payment_intent: intent });
  }

  function refund(form: Form): StripeResponse {
    const intent = standIn.intents.find(({ id }) => id === form.payment_intent);
    if (!intent) return invalid({ code: "resource_missing", param: "payment_intent" }, 404);
    const { amount_refunded: refunded } = intent.latest_charge!;
    const amount = Number(form.amount);
    const isDisputed = standIn.disputes.some(
      ({ payment_intent, is_charge_refundable }) => payment_intent === intent.id && !is_charge_refundable,
    );
    if (isDisputed) return invalid({ code: "charge_disputed" });
    if (refunded === intent.amount_received) return invalid({ code: "charge_already_refunded" });
    if (refunded + amount > intent.amount_received) return invalid({ param: "amount" });
    const metadata = {
      refund_id: form["metadata[refund_id]"]!,
      payment_id: form["metadata[payment_id]"]!,
    };
    const number = standIn.refunds.length + 1;
    const isPending = intent.payment_method === "pm_refund_pending";
    const made = newRefund(intent, { amount, metadata, number }, isPending ? "pending" : "succeeded");
    standIn.refunds.push(made);
    return { status: 200, body: made };
  }

  /** References are ids unless the request expands them. */
  function expanded(body: object, expand: readonly string[]): object {
    if ("data" in body) return { ...body, data: (body.data as object[]).map((one) => expanded(one, expand)) };
    const object: Record<string, unknown> = { ...body };
    const charge = object.latest_charge as StripeObject | null | undefined;
    if (charge) object.latest_charge = expand.includes("latest_charge") ? charge : charge.id;
    const intent = standIn.intents.find(({ id }) => id === object.payment_intent);
    if (intent && expand.includes("payment_intent")) object.payment_intent = expanded(intent, []);
    return object;
  }
  return standIn;
}

const approved = new Set(["pm_ok", "pm_multi", "pm_saved", "pm_refund_pending"]);

/** Why Stripe takes no attempt to charge a payment method, or undefined. */
function problemWith(method: string, customer: string | undefined): StripeResponse | undefined {
  if (method === "pm_missing") return invalid({ code: "resource_missing", param: "payment_method" });
  if (method === "pm_once")
    return invalid({ param: "payment_method", message: "It may not be used again. Attach it first." });
  if (method === "pm_saved" && customer !== "cus_7")
    return invalid({ code: "parameter_missing", param: "source", message: "Please include the Customer." });
  return undefined;
}

/** Of some declines the code says it all; the issuer's are all `card_declined`. */
function declineOf(code: string) {
  const message = "Your card was declined.";
  return ["expired_card", "incorrect_cvc", "processing_error"].includes(code)
    ? { code, decline_code: undefined, message }
    : { code: "card_declined", decline_code: code, message };
}
