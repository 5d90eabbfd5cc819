import type { Card } from "../rules/payment.ts";

/** A stored card, without its token. */
export type PaymentMethod = {
  readonly id: string;
  readonly userId: string;
  readonly card: Card;
  readonly isDefault: boolean;
  readonly isRemoved: boolean;
  readonly createdAt: Date;
};

/** Payment methods that a user may have. */
export const mostMethods = 20;

/** A payment method as Postgres gives it. */
export type MethodRow = {
  readonly id: string;
  readonly user_id: string;
  readonly brand: string;
  readonly last4: string;
  readonly exp_month: number;
  readonly exp_year: number;
  readonly is_default: boolean;
  readonly created_at: Date;
  readonly removed_at: Date | null;
};

export function methodFromRow(row: MethodRow): PaymentMethod {
  const { id, user_id: userId, brand, last4, is_default: isDefault, created_at: createdAt } = row;
  return {
    id,
    userId,
    card: { brand, last4, expMonth: row.exp_month, expYear: row.exp_year },
    isDefault,
    isRemoved: row.removed_at !== null,
    createdAt,
  };
}

/** Whether a card's last month is over. */
export function isExpired({ expMonth, expYear }: Card, now: Date): boolean {
  // Months count from 0, so this is the first moment of the month after; it is over everywhere a day later.
  return now.getTime() >= Date.UTC(expYear, expMonth, 2);
}
