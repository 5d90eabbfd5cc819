import type { Form, StripeObject, StripeResponse } from "./stripe-objects.ts";

/** The values of `expand` in a form, without the `data.` of a list. */
export function expandOf(form: Form): string[] {
  return Object.entries(form)
    .filter(([name]) => name.startsWith("expand["))
    .map(([, value]) => value.replace("data.", ""));
}

/** A page of two objects, the newest first, so that a list takes several requests. */
export function page(all: readonly StripeObject[], form: Form): StripeResponse {
  const [from, until] = [Number(form["created[gte]"] ?? 0), Number(form["created[lt]"] ?? Infinity)];
  const listed = all
    .filter(({ created }) => Number(created) >= from && Number(created) < until)
    .filter(({ payment_intent }) => (form.payment_intent ?? payment_intent) === payment_intent)
    .toReversed();
  const start = form.starting_after ? listed.findIndex(({ id }) => id === form.starting_after) + 1 : 0;
  const data = listed.slice(start, start + 2);
  return { status: 200, body: { object: "list", data, has_more: start + 2 < listed.length } };
}
