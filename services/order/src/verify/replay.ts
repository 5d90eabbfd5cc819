import { add, subtract, zero, type Money } from "@till/money";
import type { HistoryEntry } from "../rules/decision.ts";
import type { OrderStatus } from "../rules/order.ts";
import { nextStatuses } from "../rules/transitions.ts";

/** Two sources that disagree on an order. */
export type Discrepancy = { readonly subject: string; readonly expected: string; readonly found: string };

/** The state that an order's history leads to, and the gaps of the history. */
export type Replayed = {
  readonly version: number;
  readonly status: OrderStatus | undefined;
  readonly captured: Money;
  readonly refunded: Money;
  readonly gaps: readonly Discrepancy[];
};

/** Replays a history, oldest first: its versions have no gap, and each entry is a legal transition. */
export function replay(history: readonly HistoryEntry[], currency: string): Replayed {
  const nothing = zero(currency);
  const before: Replayed = {
    version: 0,
    status: undefined,
    captured: nothing,
    refunded: nothing,
    gaps: [],
  };
  return history.reduce(step, before);
}

function step(state: Replayed, entry: HistoryEntry): Replayed {
  return {
    version: entry.version,
    status: entry.to,
    gaps: [...state.gaps, ...gapsBetween(state, entry)],
    ...moneyAfter(state, entry),
  };
}

/** The captured and the refunded sum. Late payments count for neither. */
function moneyAfter({ captured, refunded }: Replayed, { type, amount, payload }: HistoryEntry) {
  if (type === "PAYMENT_SUCCEEDED" && amount) return { captured: add(captured, amount), refunded };
  if ((type === "PAYMENT_REFUNDED" || type === "PAYMENT_DISPUTED") && amount)
    return { captured, refunded: add(refunded, amount) };
  const isReversal = type === "REFUND_REVERSED" || (type === "DISPUTE_CLOSED" && payload.state === "WON");
  if (isReversal && amount) return { captured, refunded: subtract(refunded, amount) };
  return { captured, refunded };
}

function gapsBetween({ version, status }: Replayed, { type, ...entry }: HistoryEntry): Discrepancy[] {
  const gaps: Discrepancy[] = [];
  const differ = (what: string, expected: string, found: string) =>
    gaps.push({ subject: `history: ${what} of ${type}, version ${entry.version}`, expected, found });
  // Entries of one change share a version.
  const isNext = entry.version === version + 1 || (version > 0 && entry.version === version);
  if (!isNext) differ("version", String(version + 1), String(entry.version));
  if (entry.from !== status) differ("from", status ?? "none", entry.from ?? "none");
  if (status === undefined && entry.to !== "CREATED") differ("to", "CREATED", entry.to);
  const { from, to } = entry;
  const isLegal = from === undefined || from === to || nextStatuses[from].includes(to);
  if (!isLegal) differ("to", nextStatuses[from].join(", "), to);
  return gaps;
}
