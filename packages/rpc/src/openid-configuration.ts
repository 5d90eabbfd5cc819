import { z } from "zod";

const schema = z.object({ issuer: z.string(), jwks_uri: z.url(), token_endpoint: z.url().optional() });

/** Fetches what an issuer publishes of itself (OpenID Connect Discovery). Throws where it is not about that issuer. */
export async function openIdConfiguration(issuer: string): Promise<z.output<typeof schema>> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(2_000) });
  if (!response.ok) throw new Error(`${url} returned ${response.status}`);
  const configuration = schema.parse(await response.json());
  if (configuration.issuer === issuer) return configuration;
  throw new Error(`${url} is about the issuer ${configuration.issuer}, not ${issuer}`);
}
