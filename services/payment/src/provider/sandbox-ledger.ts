import { money } from "@till/money";
import { z } from "zod";
import { ProviderUnreachable, type LedgerEntry, type LedgerRange } from "../rules/provider.ts";
import { callProvider } from "./http-call.ts";
import { codeShape } from "./shapes.ts";

export type SandboxLedgerOptions = {
  readonly url: string;
  /** For one page. */
  readonly timeoutMs: number;
};

/** Reads the sandbox's ledger page by page. Throws ProviderUnreachable where a page cannot be read. */
export async function* sandboxLedger(
  { url, timeoutMs }: SandboxLedgerOptions,
  { from, until }: LedgerRange,
): AsyncGenerator<LedgerEntry> {
  const query = new URLSearchParams({ from: from.toISOString(), until: until.toISOString(), limit: "100" });
  for (;;) {
    const { entries, next } = await readPage(`${url}?${query.toString()}`, timeoutMs);
    for (const entry of entries) if (entry.at >= from && entry.at < until) yield entry;
    if (next === undefined) return;
    query.set("after", next);
  }
}

async function readPage(url: string, timeoutMs: number): Promise<z.output<typeof ledgerPage>> {
  try {
    const response = await callProvider(url, { method: "GET", timeoutMs });
    if (!("status" in response) || response.status !== 200) throw new Error("no page of the ledger");
    return ledgerPage.parse(response.json);
  } catch (cause) {
    throw new ProviderUnreachable("the provider's ledger cannot be read", { cause });
  }
}

const ledgerEntry = z
  .object({
    id: codeShape,
    type: z.enum(["authorize", "charge", "capture", "void", "refund"]),
    amount: z.int().min(0),
    currency: z.string(),
    order_id: codeShape,
    payment_id: codeShape,
    idempotency_key: z.string(),
    at: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
    cause: z.enum(["dispute", "dispute_won", "refund_failed"]).optional(),
  })
  .transform(
    ({ id, type, amount, currency, order_id, payment_id, idempotency_key, at, cause }): LedgerEntry => ({
      id,
      type,
      amount: money(currency, BigInt(amount)),
      orderId: order_id,
      paymentId: payment_id,
      key: idempotency_key,
      at,
      cause,
    }),
  );

const ledgerPage = z.object({ entries: z.array(ledgerEntry), next: codeShape.optional() });
