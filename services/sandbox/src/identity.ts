import type { Role } from "@till/rpc/server";
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  SignJWT,
  type JSONWebKeySet,
  type JWK_EC_Private,
} from "jose";
import type { Journal } from "./journal.ts";

/** Who a token is for and how long it lasts; a lifetime of 0 or less makes one that has expired. */
export type TokenRequest = { readonly user: string; readonly role: Role; readonly ttl: number };

export type Identity = {
  /** The public key, for those who check tokens. */
  readonly jwks: JSONWebKeySet;
  issueToken(request: TokenRequest): Promise<string>;
};

/** What every token says of its origin and its use. */
export const tokenNames = { issuer: "till-sandbox", audience: "till" } as const;

/** An identity provider with a key of its own, made at the first start: tokens are good as long as its journal is. */
export async function createIdentity(now: () => number, journal: Journal): Promise<Identity> {
  const { d, ...publicJwk } = await keptKey(journal);
  const privateKey = await importJWK({ ...publicJwk, d }, "ES256");
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

async function keptKey(journal: Journal): Promise<JWK_EC_Private> {
  const page = journal.page<JWK_EC_Private>("identity");
  const [kept] = page.earlier;
  if (kept) return kept;
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const made = (await exportJWK(privateKey)) as JWK_EC_Private;
  page.write("key", made);
  return made;
}
