import type { Transport } from "@connectrpc/connect";
import type { CacheStore } from "@till/cache";
import { moneyFromProto, type Money, type ProtoMoney } from "@till/money";
import { upstreamError } from "@till/rpc/client";
import type { Metrics } from "@till/telemetry";

export type LookupOptions = {
  readonly transport: Transport;
  readonly store: CacheStore;
  readonly metrics: Metrics;
};

/** Turns an upstream's error into one of this service; for `catch`. */
export function unavailable(upstream: string): (error: unknown) => never {
  return (error) => {
    throw upstreamError(error, upstream);
  };
}

/** Reads a price that an upstream must send. */
export function priceFrom({
  id,
  price,
}: {
  readonly id: string;
  readonly price?: ProtoMoney | undefined;
}): Money {
  if (!price) throw new Error(`the upstream sent no price for ${id}`);
  return moneyFromProto(price);
}
