import { httpStatusOf } from "../../src/http/problem-status.ts";
import type { Outcome } from "./outcome.ts";
import type { RestBody } from "./rest.ts";

/** The outcome of a call in REST's words. */
type RestOutcome = {
  readonly status: number;
  readonly says: readonly (string | object | undefined)[];
};

/** What an outcome must be in the dialect of a path. */
export function inRest(outcome: Outcome, path: string): RestOutcome {
  if ("fails" in outcome) {
    const { reason, code, metadata } = outcome.fails;
    return { status: httpStatusOf(reason, code), says: [reason, metadata] };
  }
  const word = wordIn(path);
  const says = outcome.returns.map(({ id, status, amount }) => `${id} ${word(status)} ${amount}`);
  return { status: 200, says };
}

/** What a response of REST is; one that creates counts as one that replays. */
export function restOutcome(status: number, body: RestBody): RestOutcome {
  if (status >= 400) return { status, says: [body.reason, body.metadata] };
  const all = [body.orders ?? body, body.refund ?? []].flat() as (RestBody & { readonly amount: number })[];
  const says = all.map((one) => {
    const amount = one.totalAmount ?? one.total_amount ?? one.amount;
    return `${one.id ?? one.order_id} ${one.status} ${amount.toFixed(2)}`;
  });
  return { status: status === 201 ? 200 : status, says };
}

/** What a dialect calls a status of the services. */
function wordIn(path: string): (status: string) => string {
  if (path.includes("/api/v1/")) return (status) => (status === "CANCELLED" ? "CANCELED" : status);
  if (path.includes("/order/"))
    return (status) => merged[status] ?? (status === "DELIVERED" ? "COMPLETED" : status);
  return (status) => (merged[status] ?? status).toLowerCase();
}

const merged: Readonly<Record<string, string>> = {
  CREATED: "PENDING",
  PAYMENT_PENDING: "PENDING",
  PAID: "CONFIRMED",
  PARTIALLY_REFUNDED: "REFUNDED",
};
