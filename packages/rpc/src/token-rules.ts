import type { Role } from "./caller.ts";

/** Whose tokens a server takes. */
export type TokenRules = {
  readonly issuers: readonly IssuerRules[];
  /** Age at which an issuer's keys are fetched again. */
  readonly keysMaxAgeMs?: number;
  /** Longest life of a token, whatever it says. */
  readonly longestLifeMs?: number;
  /** How far an issuer's clock may be ahead. It makes no token last longer than it says. */
  readonly clockToleranceMs?: number;
};

/** One issuer: where its keys are, what its tokens are for, and where they say who calls. */
export type IssuerRules = {
  /** The claim `iss`, to the letter. */
  readonly issuer: string;
  /** Where its keys are; left out: where its OpenID configuration says. */
  readonly jwksUrl?: string | undefined;
  /** One of them must be in the claim `aud`; left out: tokens may be without. */
  readonly audiences?: readonly string[] | undefined;
  /** The OAuth clients for which tokens may have been issued; left out: every one. */
  readonly clients?: readonly string[] | undefined;
  /** The claim with the caller's id. Default: `sub`. */
  readonly userClaim?: string | undefined;
  /** The claims with the caller's roles. Default: `role`. */
  readonly roleClaims?: readonly string[] | undefined;
  /** What the issuer's roles are here. Of those that a token has, the first in this order counts. */
  readonly roles?: readonly RoleMapping[] | undefined;
};

/** One of the issuer's roles, or `*` for a token that has none of the others, and what it is here. */
export type RoleMapping = { readonly named: string; readonly role: Role };
