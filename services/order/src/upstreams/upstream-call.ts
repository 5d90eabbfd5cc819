import type { Transport } from "@connectrpc/connect";
import type { CacheStore } from "@till/cache";
import { moneyFromProto, type Money, type ProtoMoney } from "@till/money";
import { upstreamError } from "@till/rpc/client";
import type { Call } from "@till/rpc/server";
import type { Metrics } from "@till/telemetry";

export type LookupOptions = {
  readonly transport: Transport;
  readonly store: CacheStore;
  readonly metrics: Metrics;
};

/** What a call made on behalf of another one carries on. */
export type Forward = Partial<ReturnType<Call["forward"]>>;

/** Turns an upstream's failure into ours; for `catch`. */
export function unavailable(upstream: string): (error: unknown) => never {
  return (error) => {
    throw upstreamError(error, upstream);
  };
}

/** Reads a price that an upstream has to give. */
export function priceFrom({
  id,
  price,
}: {
  readonly id: string;
  readonly price?: ProtoMoney | undefined;
}): Money {
  if (!price) throw new Error(`the upstream gave no price for ${id}`);
  return moneyFromProto(price);
}
