import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  cancel,
  capture,
  cardShown,
  chargeOf,
  error,
  list,
  now,
  page,
  type StripeResponse,
  type Form,
  type StripeObject,
} from "./stripe-objects.ts";

/** As much of Stripe as the adapter needs, on a port of its own. */
export type StripeStandIn = {
  readonly url: string;
  readonly intents: StripeObject[];
  readonly refunds: StripeObject[];
  /** The requests received: method and path, form, idempotency key. */
  readonly requests: { what: string; form: Form; key: string | undefined }[];
  /** Responds to the next request instead of the stand-in; returns whether it did. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  close(): Promise<void>;
};

/** Opens the stand-in. Payment methods are scenarios: pm_ok, pm_3ds, pm_multi, pm_<decline code>, pm_missing. */
export async function stripeStandIn(): Promise<StripeStandIn> {
  const responses = new Map<string, { fingerprint: string; result: StripeResponse }>();
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const standIn: StripeStandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    intents: [],
    refunds: [],
    requests: [],
    instead: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, standIn.url);
    const what = `${request.method} ${pathname.replace("/v1", "")}`;
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const form = Object.fromEntries([...searchParams, ...new URLSearchParams(text)]);
    const key = request.headers["idempotency-key"] as string | undefined;
    standIn.requests.push({ what, form, key });
    const result = once(request.method === "POST" ? key : undefined, what + text, () => carryOut(what, form));
    const { instead } = standIn;
    standIn.instead = undefined;
    if (instead?.(request, response)) return;
    response
      .writeHead(result.status, { "content-type": "application/json" })
      .end(JSON.stringify(result.body));
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
    const intent = standIn.intents.find((one) => one.id === id);
    if (what === "POST /payment_intents") return create(form);
    if (what === "GET /payment_intents/search") {
      const wanted = /"([^"]+)"$/.exec(form.query!)?.[1];
      return list(standIn.intents.filter(({ metadata }) => metadata.payment_id === wanted));
    }
    if (what === "POST /refunds") return refund(form);
    if (what === "GET /refunds")
      return page(
        standIn.refunds.filter(
          ({ payment_intent }) => (form.payment_intent ?? payment_intent) === payment_intent,
        ),
        form,
      );
    if (what === "GET /charges")
      return page(
        standIn.intents.flatMap((one) => {
          const charge = one.latest_charge as StripeObject | null;
          return charge ? [{ ...charge, payment_intent: one, metadata: one.metadata }] : [];
        }),
        form,
      );
    if (what === "GET /payment_methods/pm_ok") return { status: 200, body: { id: "pm_ok", card: cardShown } };
    if (!intent) return error(404, "invalid_request_error", { code: "resource_missing" });
    if (step === "capture") return capture(intent, form);
    if (step === "cancel") return cancel(intent);
    return { status: 200, body: intent };
  }

  function create(form: Form): StripeResponse {
    const method = form.payment_method!;
    if (method === "pm_missing")
      return error(400, "invalid_request_error", { code: "resource_missing", param: "payment_method" });
    const amount = Number(form.amount);
    const isHold = form.capture_method === "manual";
    const intent: StripeObject = {
      id: `pi_${standIn.intents.length + 1}`,
      object: "payment_intent",
      amount,
      currency: form.currency,
      capture_method: form.capture_method,
      metadata: { payment_id: form["metadata[payment_id]"]!, order_id: form["metadata[order_id]"]! },
      status: isHold ? "requires_capture" : "succeeded",
      amount_capturable: isHold ? amount : 0,
      amount_received: isHold ? 0 : amount,
      next_action: null,
      last_payment_error: null,
      latest_charge: chargeOf(form, standIn.intents.length + 1),
    };
    standIn.intents.push(intent);
    if (method === "pm_3ds" && form.return_url) {
      const next_action = { type: "redirect_to_url", redirect_to_url: { url: "https://bank.test/3ds" } };
      Object.assign(intent, {
        status: "requires_action",
        next_action,
        amount_received: 0,
        latest_charge: null,
      });
    } else if (!["pm_ok", "pm_multi"].includes(method)) {
      const decline_code = method === "pm_3ds" ? "authentication_required" : method.slice(3);
      const reason = { code: "card_declined", decline_code, message: "Your card was declined." };
      const status = "requires_payment_method";
      Object.assign(intent, { status, last_payment_error: reason, amount_received: 0, latest_charge: null });
      return error(402, "card_error", { ...reason, payment_intent: intent });
    }
    return { status: 200, body: intent };
  }

  function refund(form: Form): StripeResponse {
    const intent = standIn.intents.find(({ id }) => id === form.payment_intent)!;
    const charge = intent.latest_charge as StripeObject & { amount_refunded: number };
    const amount = Number(form.amount);
    if (charge.amount_refunded + amount > Number(intent.amount_received))
      return error(400, "invalid_request_error", { code: "charge_already_refunded" });
    charge.amount_refunded += amount;
    const made: StripeObject = {
      id: `re_${standIn.refunds.length + 1}`,
      amount,
      currency: intent.currency,
      status: "succeeded",
      payment_intent: intent.id,
      charge: { ...charge, metadata: intent.metadata },
      created: now(),
      metadata: { refund_id: form["metadata[refund_id]"]!, payment_id: form["metadata[payment_id]"]! },
    };
    standIn.refunds.push(made);
    return { status: 200, body: made };
  }
  return standIn;
}
