import { abortAfter } from "@till/worker/abort-after";
import { request } from "undici";
import type { NoResponse } from "../rules/provider.ts";

/** What a provider answered: its status and its body, where that is JSON. */
export type Reply = { readonly status: number; readonly json: unknown };

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
  { timeoutMs, ...options }: ProviderCall,
): Promise<Reply | NoResponse> {
  try {
    using timeout = abortAfter(timeoutMs);
    const { statusCode, body } = await request(url, { ...options, signal: timeout.signal });
    const text = Buffer.concat(await readAtMost(body, largestBytes)).toString("utf8");
    if (statusCode >= 300 && statusCode < 400) throw new Error("the provider redirected the call");
    return { status: statusCode, json: jsonFrom(text) };
  } catch (error) {
    return noResponseFor(error);
  }
}

/** The outcome of a call that threw. Only without a connection is it certain that the provider did not receive it. */
export function noResponseFor(error: unknown): NoResponse {
  const wasNeverSent = beforeSending.has(codeOf(error) ?? "");
  return { kind: wasNeverSent ? "unsent" : "unknown", why: reasonFor(error), isOutage: true };
}

/** Reads a body whole, or throws once it is longer than it may be. */
export async function readAtMost(
  body: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return chunks;
}

const largestBytes = 64 * 1024;

/** What is no JSON is nothing that a provider would say. */
function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const beforeSending = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

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
