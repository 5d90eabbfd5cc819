import type { Caller } from "@till/rpc/server";
import type { Store } from "../store/store.ts";
import type { SyncDependencies } from "../sync/sync-payment.ts";
import type { Orders } from "../upstreams/orders.ts";
import type { InFlightCalls } from "./in-flight-calls.ts";

/** What ProcessPayment and AuthorizePayment touch. */
export type ChargeDependencies = SyncDependencies & {
  readonly store: Pick<Store, "find" | "findByKey" | "insert" | "statusBefore" | "update">;
  readonly orders: Pick<Orders, "begin" | "find" | "validate">;
  readonly inFlight: InFlightCalls;
  readonly unadmitted: UnadmittedPayments;
  readonly methods: {
    /** The decrypted token of a user's stored card. Throws PAYMENT_METHOD_NOT_FOUND. */
    tokenFor(userId: string, paymentMethodId: string): Promise<string>;
    /** The user's default payment method with its decrypted token, or undefined. */
    defaultFor(
      userId: string,
    ): Promise<{ readonly paymentMethodId: string; readonly token: string } | undefined>;
  };
  readonly policies: ChargePolicies;
};

type ChargePolicies = {
  /** How long the order service may take to admit a payment, with all tries. */
  readonly admissionMs: number;
  /** How long a charge may take, with all of its tries. */
  readonly chargeMs: number;
  /** The lease of one attempt: until it expires no other process resumes the payment, even when this one has died. */
  readonly attemptMs: number;
};

/** Payments that users make and their orders have not admitted: those under way, and those rejected within an hour. */
type UnadmittedPayments = {
  readonly count: (payer: Caller) => void;
  /** Takes back one that its order has admitted, or may have, or that was not written. */
  readonly release: (payer: Caller) => void;
  /** Tells the other replicas of one that its order has rejected. */
  readonly rejected: (payer: Caller) => void;
  /** Whether the next payment of the caller must not be written before its order would admit it. */
  readonly areMany: (payer: Caller) => boolean;
};
