import { canonicalId } from "@till/ids";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Identity } from "./identity.ts";
import { parse } from "./parse-request.ts";

/** Serves GET /token, which issues a token for any identity to any caller, and the JWKS. Never for production. */
export function serveTokens(app: FastifyInstance, identity: Identity): void {
  app.get("/token", async ({ query }, reply) => {
    const token = await identity.issueToken(parse(tokenRequest, query));
    return reply.type("text/plain").header("cache-control", "no-store").send(token);
  });
  app.get("/.well-known/jwks.json", () => identity.jwks);
}

const longestSeconds = 30 * 24 * 60 * 60;
const tokenRequest = z.strictObject({
  user: z
    .string("name the user: /token?user=<id>")
    .regex(/^[!-~]{1,128}$/, "must be 1 to 128 printable ASCII characters")
    .transform(canonicalId),
  role: z.enum(["user", "admin", "service"], "must be user, admin or service").default("user"),
  ttl: z
    .string("give it once")
    .regex(/^-?\d{1,9}$/, "must be a whole number of seconds")
    .transform(Number)
    .refine((seconds) => Math.abs(seconds) <= longestSeconds, "must be within 30 days (2592000 s)")
    .default(3600),
});
