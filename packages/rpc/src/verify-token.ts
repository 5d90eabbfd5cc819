import { canonicalId, isExternalId } from "@till/ids";
import { errors, jwtVerify, type JWTVerifyGetKey } from "jose";
import { LRUCache } from "lru-cache";
import { appError, type AppError } from "./app-error.ts";
import { isRole, type Caller } from "./caller.ts";
import { isOutage, issuerKeys } from "./issuer-keys.ts";

/** Tells who presented a bearer token; at once where the token was verified before. */
export type VerifyToken = (token: string) => Caller | Promise<Caller>;

/**
 * Verifies JWTs against a JWKS. A signature costs 30–150 µs, so the last 10,000 verified tokens are kept for a minute: a token
 * ends soon after its key is withdrawn. Rejected tokens are not kept.
 */
export function verifyTokens(rules: TokenRules, now: () => number = Date.now): VerifyToken {
  const keys = issuerKeys(rules.jwksUrl, rules.keysMaxAgeMs ?? 5 * 60_000);
  const known = new LRUCache<string, Verified>({ max: 10_000 });
  return (token) => {
    const hit = known.get(token);
    if (hit && hit.goodUntilMs > now()) return hit.caller;
    return verify(token, keys, rules, now).then((verified) => {
      known.set(token, verified);
      return verified.caller;
    });
  };
}

export type TokenRules = {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** Age at which the issuer's keys are fetched again. */
  readonly keysMaxAgeMs?: number;
  /** Longest life of a token, whatever it says. */
  readonly longestLifeMs?: number;
};

const verdictMs = 60_000;
const dayMs = 24 * 60 * 60_000;

type Verified = { readonly caller: Caller; readonly goodUntilMs: number };

async function verify(
  token: string,
  keys: JWTVerifyGetKey,
  { issuer, audience, longestLifeMs = dayMs }: TokenRules,
  now: () => number,
): Promise<Verified> {
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    issuer,
    audience,
    algorithms: ["ES256", "EdDSA", "RS256", "PS256"],
    requiredClaims: ["sub", "exp", "role"],
    clockTolerance: 5,
    currentDate: new Date(now()),
  }).catch((cause: unknown) => {
    throw tokenError(cause);
  });
  if (!isTokenType(protectedHeader.typ)) throw appError("UNAUTHENTICATED", "the token is of another type");
  const { sub = "", exp = 0, iat, role } = payload;
  // The tolerance is for a token from a clock that is ahead of ours; it makes none last longer than it says.
  const expiresAtMs = iat === undefined ? exp * 1000 : Math.min(exp * 1000, iat * 1000 + longestLifeMs);
  if (iat === undefined && expiresAtMs > now() + longestLifeMs)
    throw appError("UNAUTHENTICATED", "the token lasts longer than tokens may");
  if (expiresAtMs <= now()) throw appError("UNAUTHENTICATED", "the token has expired");
  if (!isRole(role)) throw appError("UNAUTHENTICATED", "the token's role is not user, admin or service");
  // Services and admins may go by a name; what a user owns is found by its id.
  if (role === "user" && !isExternalId(sub))
    throw appError("UNAUTHENTICATED", "a user's token must name the user by its id");
  return {
    caller: { id: canonicalId(sub), role, tokenExpiresAtMs: expiresAtMs },
    goodUntilMs: Math.min(expiresAtMs, now() + verdictMs),
  };
}

/** A bearer token's type is JWT or, in RFC 9068, at+jwt; many issuers leave it out. */
function isTokenType(type: string | undefined): boolean {
  return type === undefined || /^(application\/)?(at\+)?jwt$/i.test(type);
}

/** A token that fails is the caller's fault; keys that cannot be fetched are ours. */
function tokenError(cause: unknown): AppError {
  if (cause instanceof errors.JWTExpired)
    return appError("UNAUTHENTICATED", "the token has expired", { cause });
  if (!isOutage(cause)) return appError("UNAUTHENTICATED", "the token is not valid", { cause });
  return appError("UPSTREAM_UNAVAILABLE", "identity cannot be reached, try again", {
    upstream: "identity",
    cause,
  });
}
