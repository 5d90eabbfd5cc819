import { freePort } from "@till/embedded-postgres/free-port";
import { newId } from "@till/ids";
import { money, type Money } from "@till/money";
import { startPspProxy, type PspProxy } from "../../support/psp-proxy.ts";
import { adapterOf } from "../../../src/provider/open-provider.ts";
import type { ProviderSettings } from "../../../src/provider/provider-settings.ts";
import type {
  Charge,
  LedgerEntry,
  LedgerRange,
  Provider,
  ProviderOperation,
} from "../../../src/rules/provider.ts";

/** An adapter and the provider behind it, as the suite needs them. */
export type ProviderUnderTest = {
  readonly name: string;
  /** Starts the provider's sandbox or stand-in, or returns the address of a test account: scheme, host and port. */
  readonly start: () => Promise<{ readonly url: string; readonly close: () => Promise<void> }>;
  /** What a deployment would set, with the provider at this address. `webhookSecret` is that of the fixtures. */
  readonly settings: (at: { readonly url: string; readonly timeoutMs: number }) => ProviderSettings;
  readonly tokens: TestTokens;
  readonly declines: readonly {
    readonly token: string;
    readonly code: string;
    readonly retryable: boolean;
  }[];
  readonly webhooks: TestWebhooks;
};

/** Payment tokens. What is left out, the provider does not have. */
type TestTokens = {
  /** Approved, and authorized; may be charged again and again. */
  readonly approved: string;
  /** Of a payment method that may be stored; may be the same. */
  readonly stored: string;
  readonly unknown: string;
  /** Of a card whose authorization is captured in parts. */
  readonly captureInParts?: string;
  readonly requiresAction?: string;
  readonly refundPending?: string;
};

type TestWebhooks = {
  /** The body of an event of a payment; each call is another event. */
  readonly body: (paymentId: string) => string;
  /** The body of an event of the same account that is about no payment of Till's. */
  readonly foreignBody: () => string;
  /** The headers that carry a body's signature of a time. */
  readonly headers: (
    body: string,
    how: { readonly secret: string; readonly atMs: number },
  ) => Record<string, string>;
};

/** The adapter on its way to the provider, through a proxy that can lose requests and responses. */
export type Subject = {
  readonly provider: Provider;
  /** The same, which waits for a response half a second at most. */
  readonly impatient: Provider;
  /** The same at a closed port. */
  readonly unreachable: Provider;
  readonly proxy: PspProxy;
  readonly close: () => Promise<void>;
};

/** Starts the provider and opens the adapter. */
export async function startSubject({ start, settings }: ProviderUnderTest): Promise<Subject> {
  const { url, close } = await start();
  const proxy = await startPspProxy(url);
  const open = (address: string, timeoutMs: number) => adapterOf(settings({ url: address, timeoutMs }));
  return {
    provider: open(proxy.url, 10_000),
    impatient: open(proxy.url, 500),
    unreachable: open(`http://127.0.0.1:${await freePort()}`, 10_000),
    proxy,
    async close() {
      await proxy.close();
      await close();
    },
  };
}

export const eurMinor = (minorUnits: bigint): Money => money("EUR", minorUnits);

/** The charge of a new payment, of EUR 100.00 unless an amount is given. */
export function chargeWith(token: string, amount = eurMinor(10_000n)): Charge {
  return { paymentId: newId(), orderId: newId(), amount, token };
}

/** Authorizes or charges, and returns what makes an operation on that payment. */
export async function paid(provider: Provider, how: "authorize" | "charge", token: string) {
  const charge = chargeWith(token);
  const outcome = await provider[how](charge);
  if (outcome.kind !== "authorized" && outcome.kind !== "approved") throw new Error(outcome.kind);
  const { transactionId } = outcome;
  const { paymentId } = charge;
  const operation = (kind: ProviderOperation["kind"], units: bigint): ProviderOperation => {
    return { kind, id: newId(), paymentId, transactionId, amount: eurMinor(units) };
  };
  return { charge, outcome, operation };
}

/** The entries that a provider's ledger has of an order, or of all; of two minutes around now unless a range is given. */
export async function ledgerOf(
  provider: Provider,
  orderId?: string,
  range: LedgerRange = { from: new Date(Date.now() - 60_000), until: new Date(Date.now() + 60_000) },
): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for await (const entry of provider.ledger(range)) entries.push(entry);
  return entries.filter((entry) => orderId === undefined || entry.orderId === orderId);
}

/** A ledger's entries as `type key amount`. */
export const linesOf = (entries: readonly LedgerEntry[]) =>
  entries.map(({ type, key, amount }) => `${type} ${key} ${amount.minorUnits}`);
