import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { Transport } from "@connectrpc/connect";
import type { CacheStore } from "@till/cache";
import { isCurrency, MoneyError, moneyFromProto, type Money, type ProtoMoney } from "@till/money";
import { upstreamError } from "@till/rpc/client";
import type { Metrics } from "@till/telemetry";
import { appError } from "../rules/errors.ts";

export type LookupOptions = {
  readonly transport: Transport;
  readonly store: CacheStore;
  readonly metrics: Metrics;
};

/** Prices are cached in this process alone, `priceCacheMs` at most: a store that others can write sets no price. */
export type PriceLookupOptions = Omit<LookupOptions, "store"> & { readonly priceCacheMs: number };

/** Turns an upstream's error into one of this service; for `catch`. */
export function unavailable(upstream: string): (error: unknown) => never {
  return (error) => {
    throw upstreamError(error, upstream);
  };
}

/** Reads a price; undefined where the upstream sent none, or one that nothing can cost, as in a retired currency. */
export function priceFrom(price: ProtoMoney | undefined): Money | undefined {
  return price && isCurrency(price.currencyCode) ? amountFrom(price) : undefined;
}

/**
 * Reads an amount that an upstream must send, also one in a currency that is retired since. Throws UPSTREAM_UNAVAILABLE
 * where it is none, or less than zero.
 */
export function requireAmount(amount: ProtoMoney | undefined, upstream: string): Money {
  const read = amount && amountFrom(amount);
  if (read) return read;
  throw appError("UPSTREAM_UNAVAILABLE", `${upstream} sent an amount that is none`, { upstream });
}

const longestName = 500;

/** Reads a name as Postgres can store it: without NUL, and cut where it is too long to be a name. */
export function nameFrom(text: string): string {
  return text.slice(0, longestName).replaceAll("\0", "").toWellFormed();
}

/** Whether an upstream's time can be stored: of the years 1 to 9999, or left out. */
export function isTime(time: Timestamp | undefined): boolean {
  return time === undefined || (time.seconds > -62_135_596_800n && time.seconds < 253_402_300_800n);
}

/** Reads an upstream's time. */
export function timeFrom(time: Timestamp | undefined): Date | undefined {
  return time && timestampDate(time);
}

/** Reads an amount; undefined where it is none, of an unknown currency, or less than zero. */
function amountFrom(amount: ProtoMoney): Money | undefined {
  try {
    const read = moneyFromProto(amount);
    return read.minorUnits >= 0n ? read : undefined;
  } catch (error) {
    if (error instanceof MoneyError) return undefined;
    throw error;
  }
}
