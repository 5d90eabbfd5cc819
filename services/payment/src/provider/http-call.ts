/** What a provider answered: its status and its body, where that is JSON. */
export type Reply = { readonly status: number; readonly json: unknown };

/** No answer. Nothing was `unsent` unless that is certain. */
export type NoReply = { readonly kind: "unknown" | "unsent"; readonly why: string };

export type ProviderCall = {
  readonly method: "GET" | "POST";
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** For the whole of it, body included. */
  readonly timeoutMs: number;
};

/** Calls a provider over HTTP: bounded in time and size, following no redirect, never throwing. */
export async function callProvider(
  url: string,
  { timeoutMs, ...request }: ProviderCall,
): Promise<Reply | NoReply> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { ...request, redirect: "error", signal });
    return { status: response.status, json: jsonFrom(await textOf(response)) };
  } catch (error) {
    return { kind: wasNeverSent(error) ? "unsent" : "unknown", why: reasonFor(error) };
  }
}

const largestBytes = 64 * 1024;

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > largestBytes) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What is no JSON is nothing that a provider would say. */
function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const beforeSending = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/** Only where no connection was made is it certain that the provider has heard nothing. */
function wasNeverSent(error: unknown): boolean {
  return beforeSending.has(codeOf(error) ?? "");
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return "code" in error && typeof error.code === "string" ? error.code : codeOf(error.cause);
}

/** Names the failure without quoting what was sent or received. */
function reasonFor(error: unknown): string {
  if (!(error instanceof Error)) return "no answer";
  if (error.name === "TimeoutError") return "no answer in time";
  return codeOf(error) ?? error.message;
}
