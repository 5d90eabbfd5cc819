import type { Log } from "@till/telemetry";
import { decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";
import { LRUCache } from "lru-cache";
import { appError, type AppError } from "./app-error.ts";
import type { Caller } from "./caller.ts";
import { isOutage, issuerKeys } from "./issuer-keys.ts";
import { callerFromClaims } from "./token-claims.ts";
import { rejectionOf, tokenRejected } from "./token-rejected.ts";
import type { IssuerRules, TokenRules } from "./token-rules.ts";

/** Tells who presented a bearer token; at once where the token was verified before. */
export type VerifyToken = (token: string) => Caller | Promise<Caller>;

type VerifyOptions = {
  /** Receives why a token is rejected. */
  readonly log?: Log;
  readonly now?: () => number;
};

/**
 * Verifies JWTs of the issuers against their keys. A signature costs 30–150 µs, so the last 10,000 verified tokens are
 * kept for a minute: a token ends soon after its key is withdrawn. Rejected tokens are not kept.
 */
export function verifyTokens(rules: TokenRules, { log, now = Date.now }: VerifyOptions = {}): VerifyToken {
  const issuers = new Map(
    rules.issuers.map((issuer) => {
      const keys = issuerKeys(issuer, rules.keysMaxAgeMs ?? 5 * 60_000);
      return [issuer.issuer, { ...issuer, keys }] as const;
    }),
  );
  const known = new LRUCache<string, Verified>({ max: 10_000 });

  async function verifyNew(token: string): Promise<Caller> {
    try {
      const verified = await verify(token, issuerOf(token, issuers), rules, now);
      known.set(token, verified);
      return verified.caller;
    } catch (error) {
      const rejection = rejectionOf(error);
      if (rejection) log?.info(rejection, "token rejected");
      throw error;
    }
  }

  return (token) => {
    const hit = known.get(token);
    return hit && hit.goodUntilMs > now() ? hit.caller : verifyNew(token);
  };
}

const verdictMs = 60_000;
const dayMs = 24 * 60 * 60_000;
const algorithms = [
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
];

type Verified = { readonly caller: Caller; readonly goodUntilMs: number };

type Issuer = IssuerRules & { readonly keys: JWTVerifyGetKey };

/** The issuer that a token names, before its signature is verified with that issuer's keys. */
function issuerOf(token: string, issuers: ReadonlyMap<string, Issuer>): Issuer {
  const issuer = issuers.get(claimsOf(token).iss ?? "");
  if (issuer) return issuer;
  throw tokenRejected({ claim: "iss", problem: `is none of ${[...issuers.keys()].join(", ")}` });
}

function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch (cause) {
    throw tokenRejected({ problem: "is no JWT" }, undefined, { cause });
  }
}

async function verify(
  token: string,
  issuer: Issuer,
  { longestLifeMs = dayMs, clockToleranceMs = 5_000 }: TokenRules,
  now: () => number,
): Promise<Verified> {
  const { audiences } = issuer;
  const { payload, protectedHeader } = await jwtVerify(token, issuer.keys, {
    issuer: issuer.issuer,
    ...(audiences && { audience: [...audiences] }),
    algorithms,
    requiredClaims: ["exp"],
    clockTolerance: clockToleranceMs / 1000,
    currentDate: new Date(now()),
  }).catch((cause: unknown) => {
    throw tokenError(cause, issuer);
  });
  if (!isTokenType(protectedHeader.typ))
    throw tokenRejected({ claim: "typ", problem: "is of no access token" }, "the token is of another type");
  const { exp = 0, iat } = payload;
  // The tolerance is for a token from a clock that is ahead of ours; it makes none last longer than it says.
  const expiresAtMs = iat === undefined ? exp * 1000 : Math.min(exp * 1000, iat * 1000 + longestLifeMs);
  if (iat === undefined && expiresAtMs > now() + longestLifeMs)
    throw tokenRejected(
      { claim: "exp", problem: "is too far away" },
      "the token lasts longer than tokens may",
    );
  if (expiresAtMs <= now())
    throw tokenRejected({ claim: "exp", problem: "has passed" }, "the token has expired");
  return {
    caller: { ...callerFromClaims(payload, issuer), tokenExpiresAtMs: expiresAtMs },
    goodUntilMs: Math.min(expiresAtMs, now() + verdictMs),
  };
}

/** A bearer token's type is JWT or, in RFC 9068, at+jwt; many issuers leave it out. */
function isTokenType(type: string | undefined): boolean {
  return type === undefined || /^(application\/)?(at\+)?jwt$/i.test(type);
}

/** A token that fails is the caller's fault; keys that cannot be fetched are ours. */
function tokenError(cause: unknown, issuer: IssuerRules): AppError {
  if (isOutage(cause)) {
    const facts = { upstream: "identity", cause };
    return appError("UPSTREAM_UNAVAILABLE", "identity cannot be reached, try again", facts);
  }
  if (cause instanceof errors.JWTExpired)
    return tokenRejected({ claim: "exp", problem: "has passed" }, "the token has expired", { cause });
  if (!(cause instanceof errors.JWTClaimValidationFailed))
    return tokenRejected({ problem: (cause as Error).message }, undefined, { cause });
  const { claim } = cause;
  const isForOthers = claim === "aud" && cause.reason === "check_failed";
  const problem = isForOthers ? `is none of ${issuer.audiences?.join(", ")}` : cause.message;
  return tokenRejected({ claim, problem }, undefined, { cause });
}
