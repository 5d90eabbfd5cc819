import type { SignedHeaders } from "../../sign-webhook.ts";

type Message = {
  readonly target: URL;
  readonly headers: SignedHeaders;
  readonly body: string;
  readonly signal: AbortSignal;
};

/** A response's status, or why there was no response. */
export type PostResult = { readonly durationMs: number } & (
  | { readonly statusCode: number; readonly error?: never }
  | { readonly error: string; readonly statusCode?: never }
);

/** As long as Till waits for an endpoint. */
const timeoutMs = 15_000;

/** Posts a webhook as Till does: redirects are not followed. Never throws. */
export async function post({ target, headers, body, signal }: Message): Promise<PostResult> {
  const startedAt = performance.now();
  const durationMs = () => Math.round(performance.now() - startedAt);
  try {
    const response = await fetch(target, {
      method: "POST",
      redirect: "manual",
      headers: { "content-type": "application/json", "user-agent": "Till-Webhooks", ...headers },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    // The status is all that counts; a body that is not read would keep its connection.
    await response.body?.cancel();
    return { statusCode: response.status, durationMs: durationMs() };
  } catch (error) {
    return { error: problemOf(error), durationMs: durationMs() };
  }
}

function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return "NO_RESPONSE";
  if (error.name === "TimeoutError") return "TIMEOUT";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? error.message : problemOf(error.cause);
}
