import { lookup } from "node:dns/promises";
import { Agent, request } from "undici";
import type { Response } from "../rules/delivery.ts";
import { requireTargetUrl, urlRejected } from "../rules/target-url.ts";
import { AddressNotAllowed, addressIn, isPublicAddress, publicLookup } from "./public-address.ts";
import { retryAfterMs } from "./retry-after.ts";

/** Which targets are allowed, and how long one may take. */
export type ReceiverSettings = {
  /** http as well as https. */
  readonly allowHttp: boolean;
  /** Addresses that are not of the public internet. */
  readonly allowPrivate: boolean;
  /** For one attempt, connection and response. */
  readonly timeoutMs: number;
};

type Message = {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly signal: AbortSignal;
};

/** The systems that webhooks are posted to. */
export type Receivers = ReturnType<typeof openReceivers>;

/** So much of a response is read, so that its connection can be used again; a longer one ends its connection. */
const responseBytes = 16 * 1024;

/** Opens the connections to receivers: none through a proxy, and none to an address that is not allowed. */
export function openReceivers({ allowHttp, allowPrivate, timeoutMs }: ReceiverSettings) {
  const agent = new Agent({
    connect: { timeout: timeoutMs, ...(!allowPrivate && { lookup: publicLookup }) },
    allowH2: false,
  });

  function requireAllowed(url: URL): void {
    const address = addressIn(url);
    if (!allowPrivate && address !== undefined && !isPublicAddress(address))
      throw new AddressNotAllowed(address);
  }

  async function respond({ url, headers, body, signal }: Message): Promise<Omit<Response, "durationMs">> {
    const target = requireTargetUrl(url, { allowHttp });
    requireAllowed(target);
    const response = await request(target, {
      ...{ method: "POST", headers, body, dispatcher: agent },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    // The status acknowledges the message, whatever becomes of the body.
    await response.body.dump({ limit: responseBytes }).catch(() => undefined);
    const { statusCode } = response;
    const header = [response.headers["retry-after"]].flat()[0];
    return { statusCode, error: null, retryAfterMs: retryAfterMs({ statusCode, header }, new Date()) };
  }

  return {
    /** Reads a target for a new endpoint. Throws WEBHOOK_URL_REJECTED. A name that does not resolve yet is allowed. */
    async requireTarget(text: string): Promise<string> {
      const url = requireTargetUrl(text, { allowHttp });
      if (allowPrivate) return url.href;
      const address = addressIn(url);
      const addresses = address === undefined ? await addressesOf(url.hostname) : [address];
      if (!addresses.every(isPublicAddress))
        throw urlRejected("must be at an address of the public internet");
      return url.href;
    },
    /** Posts a message. Never throws; redirects are not followed. */
    async post(message: Message): Promise<Response> {
      const startedAt = performance.now();
      const durationMs = () => Math.round(performance.now() - startedAt);
      try {
        const response = await respond(message);
        return { ...response, durationMs: durationMs() };
      } catch (error) {
        return { statusCode: null, error: problemOf(error), durationMs: durationMs() };
      }
    },
    close: () => agent.destroy(),
  };
}

async function addressesOf(hostname: string): Promise<string[]> {
  try {
    return (await lookup(hostname, { all: true })).map(({ address }) => address);
  } catch {
    return []; // each connection resolves it again, and says why it cannot
  }
}

/** Names a failure by its code, which has nothing of the address or of what was received. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return "NO_RESPONSE";
  if (error.name === "TimeoutError") return "TIMEOUT";
  if ("reason" in error) return String(error.reason);
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? "NO_RESPONSE" : problemOf(error.cause);
}
