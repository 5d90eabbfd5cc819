import { moneyFromDecimal, moneyToJson, type Money } from "@till/money";
import type { z } from "zod";
import type { Amount } from "./fields.ts";

/** What an event is: its body, when it is published, and its names in other systems. */
export type EventContract<Body extends z.ZodObject = z.ZodObject> = {
  readonly when: string;
  readonly alsoCalled: readonly string[];
  /** What the event's `ce_dataversion` counts. */
  readonly versionOf: "the order" | "the payment" | "the release" | "the erasure";
  readonly body: Body;
};

/** The events of one topic, by type. */
export type Contracts = Readonly<Record<string, EventContract>>;

/** A body as a reader has it: ids in lower case, times as Date, without the fields that the contract does not have. */
export type Body<Contract extends EventContract> = z.output<Contract["body"]>;

/** A body as its writer fills it: as read, but with amounts from `jsonAmount`. */
export type WrittenBody<Contract extends EventContract> = Written<Body<Contract>>;

type Written<T> = {
  [Name in keyof T]: Amount extends T[Name] ? JsonAmount | Exclude<T[Name], Amount> : T[Name];
};

/** An amount that JSON.stringify writes with its exact decimals. */
export type JsonAmount = { readonly [isJsonAmount]: true };
declare const isJsonAmount: unique symbol;

/** Reads an event's body. Throws naming each field that is missing or wrong; unknown fields are dropped. */
export function readBody<Contract extends EventContract>(contract: Contract, data: unknown): Body<Contract> {
  const read = contract.body.safeParse(data);
  if (read.success) return read.data as Body<Contract>;
  const problems = read.error.issues.map(
    ({ path, message }) => `${path.join(".") || "the body"}: ${message}`,
  );
  throw new Error(`not as its contract has it: ${problems.join("; ")}`, { cause: read.error });
}

/** An amount for a body that is written. */
export function jsonAmount(amount: Money): JsonAmount {
  return moneyToJson(amount) as JsonAmount;
}

/** The money of a body that was read. Throws MoneyError for a currency or an amount that cannot be. */
export function moneyOf(amount: Amount, currency: string): Money {
  return moneyFromDecimal(String(amount), currency);
}
