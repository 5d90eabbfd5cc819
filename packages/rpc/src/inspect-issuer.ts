import { z } from "zod";
import { openIdConfiguration } from "./openid-configuration.ts";

type Issuer = { readonly issuer: string; readonly jwksUrl?: string | undefined };

/** What an issuer publishes: where its keys are, and how many of them verify signatures of tokens. */
export type IssuerFacts = { readonly jwksUrl: string; readonly keys: number };

const schema = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), use: z.string().optional() })),
});

/** Fetches an issuer's keys as the servers do. Rejects where they cannot be fetched, or are no keys. */
export async function inspectIssuer({ issuer, jwksUrl }: Issuer): Promise<IssuerFacts> {
  const url = jwksUrl ?? (await openIdConfiguration(issuer)).jwks_uri;
  const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  if (!response.ok) throw new Error(`the address of its keys returned ${response.status}`);
  const { success, data } = schema.safeParse(await response.json());
  if (!success) throw new Error("the address of its keys returns no JWKS");
  // A symmetric key signs for everybody who has it: it is never accepted.
  const signing = data.keys.filter(({ kty, use }) => kty !== "oct" && (use ?? "sig") === "sig");
  return { jwksUrl: url, keys: signing.length };
}
