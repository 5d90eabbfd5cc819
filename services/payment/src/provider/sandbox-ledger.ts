import { money } from "@till/money";
import { z } from "zod";
import { jsonItems } from "./json-items.ts";
import { ProviderUnreachable, type LedgerEntry, type LedgerRange } from "../rules/provider.ts";
import { codeShape } from "./said.ts";

export type SandboxLedgerOptions = {
  readonly url: string;
  /** How long the provider may keep silent. A whole ledger takes as long as it takes. */
  readonly timeoutMs: number;
};

/** Reads the sandbox's ledger as it comes, an entry at a time: it may be larger than memory. */
export async function* sandboxLedger(
  { url, timeoutMs }: SandboxLedgerOptions,
  { from, until }: LedgerRange,
): AsyncGenerator<LedgerEntry> {
  const silence = new AbortController();
  const query = new URLSearchParams({ from: from.toISOString(), until: until.toISOString() });
  try {
    const response = await inTime(
      fetch(`${url}?${query.toString()}`, { redirect: "error", signal: silence.signal }),
      silence,
      timeoutMs,
    );
    if (response.status !== 200 || !response.body) throw new Error(`HTTP ${response.status}`);
    for await (const item of jsonItems(pieces(response.body, silence, timeoutMs), "entries")) {
      const entry = entryFrom(item);
      if (entry.at >= from && entry.at < until) yield entry;
    }
  } catch (cause) {
    throw new ProviderUnreachable("the provider's ledger cannot be read", { cause });
  } finally {
    // A reader that has seen enough leaves no download behind.
    silence.abort();
  }
}

async function* pieces(body: ReadableStream<Uint8Array>, silence: AbortController, timeoutMs: number) {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await inTime(reader.read(), silence, timeoutMs);
    if (done) return;
    yield decoder.decode(value, { stream: true });
  }
}

async function inTime<Value>(
  work: Promise<Value>,
  silence: AbortController,
  timeoutMs: number,
): Promise<Value> {
  const timer = setTimeout(() => silence.abort(new Error("no answer in time")), timeoutMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

function entryFrom(item: unknown): LedgerEntry {
  const { order_id, payment_id, idempotency_key, amount, currency, ...rest } = entry.parse(item);
  return {
    ...rest,
    amount: money(currency, BigInt(amount)),
    orderId: order_id,
    paymentId: payment_id,
    key: idempotency_key,
  };
}

const entry = z.object({
  id: codeShape,
  type: z.enum(["authorize", "charge", "capture", "void", "refund"]),
  amount: z.int().min(0),
  currency: z.string(),
  order_id: codeShape,
  payment_id: codeShape,
  idempotency_key: z.string(),
  at: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
});
