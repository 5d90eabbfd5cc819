import { appError } from "./app-error.ts";
import type { Call } from "./call.ts";

/** The key that names a mutating request: the field, else the metadata `idempotency-key`. */
export function requireIdempotencyKey(field: string, call: Pick<Call, "idempotencyKey">): string {
  const key = idempotencyKeyOf(field, call);
  if (key === undefined)
    throw appError(
      "IDEMPOTENCY_KEY_REQUIRED",
      "idempotency_key is required: as a field, or as the metadata or header idempotency-key",
    );
  return key;
}

/** The same where the key is optional, because the command is idempotent without one. */
export function idempotencyKeyOf(field: string, call: Pick<Call, "idempotencyKey">): string | undefined {
  const key = field || call.idempotencyKey;
  if (!key) return undefined;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw appError("IDEMPOTENCY_KEY_INVALID", "idempotency_key must be 1 to 255 visible ASCII characters");
  }
  return key;
}
