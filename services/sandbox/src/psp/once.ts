import { hash } from "node:crypto";
import { HttpError } from "../http-error.ts";
import { createRing } from "./ring.ts";

export type Answer = {
  readonly status: number;
  readonly body: object;
  /** What nobody gets the answer before. */
  readonly after?: Promise<void> | undefined;
};

/**
 * Carries out a request unless its key was used before: then the first answer comes again and nothing is done.
 * The same key with another request is refused.
 */
export type Once = (key: string, request: object, execute: () => Answer) => Outcome;

export type Outcome = { readonly answer: Answer; readonly replayed: boolean };

/** Remembers the newest `keep` keys, whatever they were used for. */
export function createOnce(keep: number): Once {
  const ring = createRing<string>(keep);
  const known = new Map<string, { readonly fingerprint: string; readonly answer: Answer }>();
  return (key, request, execute) => {
    const fingerprint = hash("sha256", JSON.stringify(request), "base64");
    const first = known.get(key);
    if (first && first.fingerprint !== fingerprint) {
      throw new HttpError(409, "idempotency_error", "this Idempotency-Key was used with another request");
    }
    if (first) return { answer: first.answer, replayed: true };
    const answer = execute();
    known.set(key, { fingerprint, answer });
    const dropped = ring.push(key);
    if (dropped !== undefined) known.delete(dropped);
    return { answer, replayed: false };
  };
}
