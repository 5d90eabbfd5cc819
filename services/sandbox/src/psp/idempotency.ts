import { hash } from "node:crypto";
import { HttpError } from "../http-error.ts";
import type { Journal } from "../journal.ts";
import { createRingBuffer } from "./ring-buffer.ts";

export type PspResponse = {
  readonly status: number;
  readonly body: object;
  /** The response is sent after this has resolved. */
  readonly sentAfter?: Promise<void> | undefined;
};

/**
 * Executes a request once per idempotency key; a repeat returns the first response. Throws HttpError 409
 * `idempotency_error` where the key was used with another request.
 */
export type RunOnce = (key: string, request: object, execute: () => PspResponse) => KeyedResponse;

export type KeyedResponse = { readonly response: PspResponse; readonly replayed: boolean };

/** Keeps the newest `keep` keys of all endpoints. */
export function createIdempotency(keep: number, journal: Journal): RunOnce {
  const section = journal.section<UsedKey>("keys");
  const buffer = createRingBuffer<string>(keep);
  const usedKeys = new Map<string, UsedKey>();

  function add(used: UsedKey): void {
    usedKeys.set(used.key, used);
    const dropped = buffer.push(used.key);
    if (dropped === undefined) return;
    usedKeys.delete(dropped);
    section.remove(dropped);
  }

  section.restored.forEach(add);
  return (key, request, execute) => {
    const fingerprint = hash("sha256", JSON.stringify(request), "base64");
    const first = usedKeys.get(key);
    if (first && first.fingerprint !== fingerprint) {
      throw new HttpError(409, "idempotency_error", "this Idempotency-Key was used with another request");
    }
    if (first) return { response: first.response, replayed: true };
    const response = execute();
    add({ key, fingerprint, response });
    const { status, body } = response;
    section.put(key, { key, fingerprint, response: { status, body } });
    return { response, replayed: false };
  };
}

type UsedKey = { readonly key: string; readonly fingerprint: string; readonly response: PspResponse };
