import { cors } from "@connectrpc/connect";
import type { FastifyCorsOptions } from "@fastify/cors";

/** Lets scripts of the listed pages call from a browser (CORS), and read the headers that responses have. */
export function corsOptions(pages: readonly string[]): FastifyCorsOptions {
  return {
    origin: [...pages],
    methods: [...cors.allowedMethods, "PUT", "PATCH", "DELETE"],
    allowedHeaders: [...cors.allowedHeaders, ...requestHeaders],
    exposedHeaders: [...cors.exposedHeaders, ...responseHeaders],
    maxAge: 7_200,
  };
}

const requestHeaders = ["Authorization", "Idempotency-Key", "X-Request-Id", "Traceparent"];
const responseHeaders = [
  ...["X-Request-Id", "Idempotent-Replay", "Trailer-Idempotent-Replay"],
  ...["Retry-After", "Location", "WWW-Authenticate"],
];
