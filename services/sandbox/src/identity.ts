import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type JSONWebKeySet } from "jose";
import type { Role } from "@till/rpc";

/** Who a token is for and how long it lasts; a lifetime of 0 or less makes one that has expired. */
export type TokenRequest = { readonly user: string; readonly role: Role; readonly ttl: number };

export type Identity = {
  /** The public key, for those who check tokens. */
  readonly jwks: JSONWebKeySet;
  issueToken(request: TokenRequest): Promise<string>;
};

/** What every token says of its origin and its use. */
export const tokenNames = { issuer: "till-sandbox", audience: "till" } as const;

/** An identity provider with a key of its own, made now: tokens of an earlier start are worth nothing. */
export async function createIdentity(now: () => number): Promise<Identity> {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  return {
    jwks: { keys: [{ ...publicJwk, kid, alg: "ES256", use: "sig" }] },
    issueToken({ user, role, ttl }) {
      const issuedAt = Math.floor(now() / 1000);
      return new SignJWT({ role })
        .setProtectedHeader({ alg: "ES256", kid, typ: "JWT" })
        .setIssuer(tokenNames.issuer)
        .setAudience(tokenNames.audience)
        .setSubject(user)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttl)
        .sign(privateKey);
    },
  };
}
