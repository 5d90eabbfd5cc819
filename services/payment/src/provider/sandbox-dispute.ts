import { maxMinorUnits, money } from "@till/money";
import { z } from "zod";
import type { ProviderDispute } from "../rules/provider.ts";
import { codeShape } from "./shapes.ts";

/** A dispute as the sandbox shows it beside its payment. */
export const disputeShape = z.object({
  id: codeShape,
  state: z.enum(["needs_response", "under_review", "won", "lost"]),
  reason: codeShape,
  amount: z.int().positive().max(Number(maxMinorUnits)),
  respond_by: z.iso.datetime({ offset: true }).optional(),
});

/** The dispute of a payment in this currency. */
export function disputeFrom(shown: z.output<typeof disputeShape>, currency: string): ProviderDispute {
  const { id, state, reason, amount, respond_by } = shown;
  return {
    ...{ id, reason, amount: money(currency, BigInt(amount)) },
    state: state.toUpperCase() as Uppercase<typeof state>,
    respondBy: respond_by === undefined ? undefined : new Date(respond_by),
  };
}
