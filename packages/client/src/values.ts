import { timestampDate, timestampFromDate, type Timestamp } from "@bufbuild/protobuf/wkt";
import { invalidArgument } from "./till-error.ts";
import type { ProtoMoney } from "@till/money";
import { moneyFrom, protoMoneyFrom, type Money } from "./money.ts";

/** An object of a response: fields that are undefined are left out, so that it prints and compares as what it has. */
export function withoutUndefined<Shape extends object>(fields: Shape): Shape {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Shape;
}

/** A text that is empty on the wire where there is none. */
export function textFrom(value: string): string | undefined {
  return value === "" ? undefined : value;
}

/** A time, where there is one. */
export function dateFrom(value: Timestamp | undefined): Date | undefined {
  return value && timestampDate(value);
}

/** A time that every message of its type has. */
export function requiredDateFrom(value: Timestamp | undefined): Date {
  return timestampDate(required(value));
}

/** A field that every message of its type has. */
export function required<Value>(value: Value | undefined): Value {
  if (value === undefined)
    throw new Error("the response lacks a field that this version of the client needs");
  return value;
}

/** An amount that every message of its type has. */
export function requiredMoneyFrom(value: ProtoMoney | undefined): Money {
  return moneyFrom(required(value));
}

/** An amount, where there is one. */
export function optionalMoneyFrom(value: ProtoMoney | undefined): Money | undefined {
  return value && moneyFrom(value);
}

/** An amount of a request, where there is one. */
export function optionalProtoMoney(value: Money | undefined, field: string): ProtoMoney | undefined {
  return value && protoMoneyFrom(value, field);
}

/** A time of a request, where there is one. */
export function timestampOf(value: Date | undefined, field: string): Timestamp | undefined {
  if (value === undefined) return undefined;
  if (Number.isNaN(value.getTime())) throw invalidArgument(field, "is not a time");
  return timestampFromDate(value);
}

/** The name of an enum's value. A value of a later version of Till is UNRECOGNIZED. */
export function nameFrom<Names extends Readonly<Record<string, string | number>>>(
  names: Names,
  value: number,
): Exclude<keyof Names & string, "UNSPECIFIED"> | "UNRECOGNIZED" {
  const name = (names as Readonly<Record<number, string>>)[value] as (keyof Names & string) | undefined;
  return name === undefined || name === "UNSPECIFIED"
    ? "UNRECOGNIZED"
    : (name as Exclude<typeof name, "UNSPECIFIED">);
}

/** The same where 0 stands for no value. */
export function optionalNameFrom<Names extends Readonly<Record<string, string | number>>>(
  names: Names,
  value: number,
): Exclude<keyof Names & string, "UNSPECIFIED"> | "UNRECOGNIZED" | undefined {
  return value === 0 ? undefined : nameFrom(names, value);
}
