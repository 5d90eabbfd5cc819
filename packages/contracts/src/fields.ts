import { canonicalId, isExternalId } from "@till/ids";
import { z } from "zod";

/** The kinds of fields that bodies are made of. `kind` is what docs/events.md calls them. */
const of = <Schema extends z.ZodType>(kind: string, schema: Schema): Schema => schema.meta({ kind });

export const text = of("text", z.string());

/** Free text about a person, which the erasure of a person overwrites. */
export const freeText = z.string().meta({ kind: "text", personal: true });

export const whole = of("whole number", z.int());

export const yesOrNo = of("true or false", z.boolean());

/** A sum of money, a JSON number with the decimals of its currency. */
export const sum = of("sum", z.number().nonnegative().brand<"amount">());

/** An amount of money that is charged or refunded: a sum above zero. */
export const amount = of("amount", z.number().positive().brand<"amount">());

/** An ISO 4217 code. */
export const currency = of("currency", z.string());

/** A UUID that Till made: of an order, a payment, a refund, a booking. In lower case once read. */
export const uuid = of("uuid", z.guid().toLowerCase());

/** The id of something Till does not own: a user, a course, a session, a product. */
export const externalId = of("id", z.string().refine(isExternalId).transform(canonicalId));

/** A moment in ISO 8601; a Date once read. */
export const time = of(
  "time",
  z.iso.datetime({ offset: true }).transform((moment) => new Date(moment)),
);

/** An amount as bodies carry it. */
export type Amount = z.output<typeof amount>;
