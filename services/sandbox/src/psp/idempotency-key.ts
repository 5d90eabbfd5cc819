import type { FastifyRequest } from "fastify";
import { HttpError } from "../http-error.ts";

/** The Idempotency-Key header. Throws HttpError 400 `idempotency_key_required`. */
export function requireIdempotencyKey({ headers }: FastifyRequest): string {
  const key = headers["idempotency-key"];
  if (typeof key === "string" && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const message = "header Idempotency-Key is required: 1 to 255 visible ASCII characters";
  throw new HttpError(400, "idempotency_key_required", message);
}
