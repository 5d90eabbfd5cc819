import { canonicalId, isExternalId } from "@till/ids";
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from "jose";
import { LRUCache } from "lru-cache";
import { appError } from "./app-error.ts";
import { isRole, type Caller } from "./caller.ts";

/** Tells who presented a bearer token; at once where the token was verified before. */
export type VerifyToken = (token: string) => Caller | Promise<Caller>;

/**
 * Verifies JWTs against a JWKS. A signature costs 30–150 µs, so verified tokens are kept until they expire,
 * at most 10,000 of them; refused ones are never kept.
 */
export function verifyTokens(rules: TokenRules, now: () => number = Date.now): VerifyToken {
  const keys = createRemoteJWKSet(new URL(rules.jwksUrl), {
    cooldownDuration: 5_000,
    timeoutDuration: 2_000,
  });
  const known = new LRUCache<string, Verified>({ max: 10_000 });
  return (token) => {
    const hit = known.get(token);
    if (hit && hit.expiresAtMs > now()) return hit.caller;
    return verify(token, keys, rules, now).then((verified) => {
      known.set(token, verified);
      return verified.caller;
    });
  };
}

export type TokenRules = { readonly jwksUrl: string; readonly issuer: string; readonly audience: string };

type Verified = { readonly caller: Caller; readonly expiresAtMs: number };

async function verify(
  token: string,
  keys: JWTVerifyGetKey,
  { issuer, audience }: TokenRules,
  now: () => number,
): Promise<Verified> {
  const { payload } = await jwtVerify(token, keys, {
    issuer,
    audience,
    algorithms: ["ES256", "EdDSA", "RS256", "PS256"],
    requiredClaims: ["sub", "exp", "role"],
    clockTolerance: 5,
    currentDate: new Date(now()),
  }).catch(refuseToken);
  const { sub = "", exp = 0, role } = payload;
  // The tolerance is for a token from a clock that is ahead of ours; it makes none last longer than it says.
  const expiresAtMs = exp * 1000;
  if (expiresAtMs <= now()) throw appError("UNAUTHENTICATED", "the token has expired");
  if (!isRole(role)) throw appError("UNAUTHENTICATED", "the token's role is not user, admin or service");
  // Services and admins may go by a name; what a user owns is found by its id.
  if (role === "user" && !isExternalId(sub))
    throw appError("UNAUTHENTICATED", "a user's token must name the user by its id");
  return { caller: { id: canonicalId(sub), role }, expiresAtMs };
}

/** A token that fails is the caller's fault; keys that cannot be fetched are ours. */
function refuseToken(cause: unknown): never {
  if (cause instanceof errors.JWTExpired)
    throw appError("UNAUTHENTICATED", "the token has expired", { cause });
  const tokenIsBad = cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout);
  if (tokenIsBad && cause.code !== "ERR_JOSE_GENERIC") {
    throw appError("UNAUTHENTICATED", "the token is not valid", { cause });
  }
  throw appError("UPSTREAM_UNAVAILABLE", "identity cannot be reached, try again", {
    upstream: "identity",
    cause,
  });
}
