import { hash } from "node:crypto";
import { HttpError } from "../http-error.ts";
import type { Journal } from "../journal.ts";
import { createRing } from "./ring-buffer.ts";

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
export function createOnce(keep: number, journal: Journal): Once {
  const page = journal.page<Used>("keys");
  const ring = createRing<string>(keep);
  const known = new Map<string, Used>();

  function put(used: Used): void {
    known.set(used.key, used);
    const dropped = ring.push(used.key);
    if (dropped === undefined) return;
    known.delete(dropped);
    page.strike(dropped);
  }

  page.earlier.forEach(put);
  return (key, request, execute) => {
    const fingerprint = hash("sha256", JSON.stringify(request), "base64");
    const first = known.get(key);
    if (first && first.fingerprint !== fingerprint) {
      throw new HttpError(409, "idempotency_error", "this Idempotency-Key was used with another request");
    }
    if (first) return { answer: first.answer, replayed: true };
    const answer = execute();
    put({ key, fingerprint, answer });
    const { status, body } = answer;
    page.write(key, { key, fingerprint, answer: { status, body } });
    return { answer, replayed: false };
  };
}

type Used = { readonly key: string; readonly fingerprint: string; readonly answer: Answer };
