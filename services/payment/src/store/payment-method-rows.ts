import type { PaymentMethod } from "../rules/payment-method.ts";

/** A payment method as Postgres gives it. */
export type PaymentMethodRow = {
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

export function paymentMethodFromRow(row: PaymentMethodRow): PaymentMethod {
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
