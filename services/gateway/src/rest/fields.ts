import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { isLosslessNumber, type LosslessNumber } from "lossless-json";
import { z } from "zod";
import { decimalOf } from "./decimal.ts";

/** The kinds of fields that requests are made of. Their meta is what /openapi.json says of them. */

const must = (be: string) => ({
  error: ({ input }: { readonly input?: unknown }) => (input === undefined ? "is required" : `must be ${be}`),
});

const number = z.custom<LosslessNumber>(isLosslessNumber, must("a number"));

/** An amount of a request, as decimal text: exact, and without a currency yet. */
export const amountField = number
  .transform(({ value }, context) => {
    const decimal = decimalOf(value);
    if (decimal === undefined) context.addIssue("has too many digits");
    return decimal ?? "";
  })
  .meta({ type: "number", minimum: 0, maximum: 9_999_999_999_999, example: 49.99 });

/** An amount that moves money; the service rejects zero. */
export const positiveAmountField = amountField.meta({ exclusiveMinimum: true });

/** A whole number that int32 holds; `limits` are the service's, which checks them. */
export function wholeField(limits: { readonly minimum: number; readonly maximum: number }) {
  return number
    .transform(({ value }) => Number(value))
    .pipe(z.int32("must be a whole number"))
    .meta({ type: "integer", ...limits });
}

export const textField = z.string(must("a text"));

/** The id of what other systems own; the service checks its form. */
export const idField = textField.meta({ pattern: "^[!-~]{1,128}$", example: "prod-123" });

/** An id that a list is filtered by; an empty one does not count. */
export const idFilterField = textField.meta({ pattern: "^[!-~]{0,128}$" });

/** ISO 4217. */
export const currencyField = textField.meta({ pattern: "^[A-Z]{3}$", example: "EUR" });

/** One value of a query parameter, a moment in RFC 3339. */
export const momentField = z.iso
  .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
  .transform((text) => timestampFromDate(new Date(text)));

/** The number of entries in a page, in a query. */
export const pageSizeField = z
  .string("must be given once")
  .regex(/^\d{1,9}$/, "must be a whole number")
  .transform(Number)
  .meta({ type: "integer", minimum: 0, maximum: 200, description: "Entries in the page. Left out: 50." });

export const pageTokenField = z
  .string("must be given once")
  .meta({ description: "The token of the page before. Left out: the first page." });

/** Statuses in a query, each its own parameter; empty ones do not count. Other names of statuses are read, too. */
export function statusesField(names: readonly string[]) {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((text) => text.split(",").filter((name) => name !== "")))
    .meta({ type: "array", items: { type: "string", enum: names } });
}

/** The status that a request sets. Other names of it are read, too. */
export function statusField(names: readonly string[]) {
  return textField.meta({ enum: names });
}

/** A moment of a response. */
export function momentToJson(moment: Timestamp | undefined): string | undefined {
  return moment && timestampDate(moment).toISOString();
}

/** The kinds of fields that responses are made of. */
export const shown = {
  amount: z.number().meta({ description: "With the currency's decimals.", example: 49.99 }),
  currency: z.string().meta({ description: "ISO 4217.", example: "EUR" }),
  uuid: z.string().meta({ format: "uuid" }),
  id: z.string(),
  text: z.string(),
  whole: z.int(),
  time: z.string().meta({ format: "date-time" }),
} as const;

/** A status of a response, of which all names are known. */
export function shownStatus(names: readonly string[]) {
  return z.enum(names as [string, ...string[]]);
}
