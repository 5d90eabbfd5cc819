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

/** A token's subject, role and lifetime in seconds; a lifetime of 0 or less makes an expired token. */
type TokenRequest = { readonly user: string; readonly role: Role; readonly ttl: number };

export type Identity = {
  /** The public key that verifies the tokens. */
  readonly jwks: JSONWebKeySet;
  issueToken(request: TokenRequest): Promise<string>;
};

/** The issuer and audience of every token. */
export const tokenNames = { issuer: "till-sandbox", audiences: ["till"] } as const;

/** An identity provider. Its signing key is made at the first start and kept in the journal. */
export async function createIdentity(now: () => number, journal: Journal): Promise<Identity> {
  const { d, ...publicJwk } = await loadSigningKey(journal);
  const privateKey = await importJWK({ ...publicJwk, d }, "ES256");
  const kid = await calculateJwkThumbprint(publicJwk);
  return {
    jwks: { keys: [{ ...publicJwk, kid, alg: "ES256", use: "sig" }] },
    issueToken({ user, role, ttl }) {
      const issuedAt = Math.floor(now() / 1000);
      return new SignJWT({ role })
        .setProtectedHeader({ alg: "ES256", kid, typ: "JWT" })
        .setIssuer(tokenNames.issuer)
        .setAudience(tokenNames.audiences[0])
        .setSubject(user)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttl)
        .sign(privateKey);
    },
  };
}

async function loadSigningKey(journal: Journal): Promise<JWK_EC_Private> {
  const section = journal.section<JWK_EC_Private>("identity");
  const [restored] = section.restored;
  if (restored) return restored;
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const made = (await exportJWK(privateKey)) as JWK_EC_Private;
  section.put("key", made);
  return made;
}
