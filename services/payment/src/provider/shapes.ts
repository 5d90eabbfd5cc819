import { z } from "zod";

/** A code or an id of a provider's, fit to be stored and shown. */
export const codeShape = z.string().regex(/^[\x21-\x7e]{1,100}$/);

/** A code that may be missing: null, empty or unfit, as stripe-node's `decline_code` of "" is, counts as missing. */
export const optionalCode = z
  .unknown()
  .transform((code) => codeShape.safeParse(code).data)
  .optional();

/** A provider's words to people: bounded, without control characters. */
export const textShape = z.string().transform((text) =>
  text
    .replaceAll(/\p{Cc}/gu, " ")
    .slice(0, 500)
    .toWellFormed(),
);

/** Where a payer is sent: never to a script or a file. */
export const urlShape = z.url({ protocol: /^https?$/ }).max(2_000);

/** What a provider says of a card, in the names that providers use. Of its number there are four digits and no more. */
export const cardShape = z
  .object({
    brand: z.string().regex(/^[\w -]{1,40}$/),
    last4: z.string().regex(/^\d{4}$/),
    exp_month: z.int().min(1).max(12),
    exp_year: z.int().min(2000).max(2200),
  })
  .transform(({ brand, last4, exp_month, exp_year }) => ({
    brand,
    last4,
    expMonth: exp_month,
    expYear: exp_year,
  }));
