import { Stripe } from "stripe";
import { readAtMost } from "../http-call.ts";

export type StripeClientOptions = {
  readonly secretKey: string;
  readonly apiUrl: string;
  /** For the whole of a call, body included. */
  readonly timeoutMs: number;
};

/** A page of a hundred objects, with what is expanded in them. */
const largestBytes = 4 * 1024 * 1024;

/** Stripe's client: bounded in time and size, following no redirect, and never trying again by itself. */
export function stripeClient({ secretKey, apiUrl, timeoutMs }: StripeClientOptions): Stripe {
  const { hostname, port, protocol } = new URL(apiUrl);
  const isPlain = protocol === "http:";
  return new Stripe(secretKey, {
    host: hostname,
    port: port || (isPlain ? 80 : 443),
    protocol: isPlain ? "http" : "https",
    timeout: timeoutMs,
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: Stripe.createFetchHttpClient(fetchBounded),
  });
}

async function fetchBounded(...[url, init]: Parameters<typeof fetch>): Promise<Response> {
  const { status, headers, body } = await fetch(url, { ...init, redirect: "error" });
  return new Response(Buffer.concat(await readAtMost(body, largestBytes)), { status, headers });
}
