import type { FastifyRequest } from "fastify";
import { HttpError } from "../http-error.ts";

/** The key that every request to move money carries. */
export function requireIdempotencyKey({ headers }: FastifyRequest): string {
  const key = headers["idempotency-key"];
  if (typeof key === "string" && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const message = "header Idempotency-Key is required: 1 to 255 visible ASCII characters";
  throw new HttpError(400, "idempotency_key_required", message);
}
