import type { RequestKey } from "@till/rpc/request-key";
import type { Context } from "../rules/decision.ts";
import type { PaymentMethod } from "../rules/payment-method.ts";
import type { Card } from "../rules/payment.ts";

/** The stored payment methods. Without encryption keys each function throws ENCRYPTION_NOT_CONFIGURED. */
export type PaymentMethods = {
  /** Returns the provider token of a user's card, decrypted. A secret. Throws PAYMENT_METHOD_NOT_FOUND. */
  tokenFor(userId: string, methodId: string): Promise<string>;
  /** A user's default payment method with its decrypted token, or undefined, also where no card can be stored. */
  defaultFor(
    userId: string,
  ): Promise<{ readonly paymentMethodId: string; readonly token: string } | undefined>;
  /** A user's cards, newest first. */
  list(userId: string): Promise<PaymentMethod[]>;
  /** Returns a card, also one that was removed. */
  find(methodId: string): Promise<PaymentMethod | undefined>;
  /** Returns the card of an earlier request under this key. Throws IDEMPOTENCY_KEY_REUSED. */
  findByKey(request: RequestKey): Promise<PaymentMethod | undefined>;
  /** Stores a card, or returns the same one. Throws PAYMENT_METHOD_LIMIT_REACHED. */
  add(card: NewCard, change: MethodChange): Promise<ChangedMethod>;
  makeDefault(methodId: string, change: MethodChange): Promise<ChangedMethod>;
  /** Removes a card and its encrypted token; if it was the default, the newest other one becomes it. */
  remove(methodId: string, change: MethodChange): Promise<ChangedMethod>;
};

/** A change to a user's payment methods. A repeated request changes nothing. */
export type MethodChange = Context & {
  readonly userId: string;
  readonly request: RequestKey | undefined;
};

export type ChangedMethod = { readonly method: PaymentMethod; readonly isReplay: boolean };

export type NewCard = {
  /** Its id, if the user does not have the card yet. */
  readonly id: string;
  readonly token: string;
  readonly details: Card;
  readonly makeDefault: boolean;
};
