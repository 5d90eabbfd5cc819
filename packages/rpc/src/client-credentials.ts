import {
  allowInsecureRequests,
  clientCredentialsGrantRequest,
  ClientSecretBasic,
  processClientCredentialsResponse,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from "oauth4webapi";

/** An OAuth client: who this service is at the issuer of its own token. */
export type OAuthClient = {
  readonly id: string;
  readonly secret: string;
  readonly scope?: string | undefined;
  /** Whom the token is for, where the issuer wants it named, as Auth0 does. */
  readonly audience?: string | undefined;
};

/** Fetches an access token by client credentials (RFC 6749). Throws, without anything of the response. */
export async function tokenByClientCredentials(
  tokenEndpoint: string,
  { id, secret, scope, audience }: OAuthClient,
  signal: AbortSignal,
): Promise<{ readonly value: string; readonly lifeSeconds: number | undefined }> {
  const server = { issuer: new URL(tokenEndpoint).origin, token_endpoint: tokenEndpoint };
  const client = { client_id: id };
  const parameters = { ...(scope && { scope }), ...(audience && { audience }) };
  // In the clear only where the address says so.
  const options = { signal, [allowInsecureRequests]: tokenEndpoint.startsWith("http:") };
  try {
    const response = await clientCredentialsGrantRequest(
      ...([server, client, ClientSecretBasic(secret), parameters, options] as const),
    );
    const token = await processClientCredentialsResponse(server, client, response);
    return { value: token.access_token, lifeSeconds: token.expires_in };
  } catch (error) {
    // The library's errors have the response in them, and with it perhaps a token.
    // eslint-disable-next-line preserve-caught-error -- a cause would be logged
    throw new Error(`the token issuer returned no token: ${problemOf(error)}`);
  }
}

function problemOf(error: unknown): string {
  if (error instanceof ResponseBodyError) return `${error.error} ${error.error_description ?? ""}`.trim();
  if (error instanceof WWWAuthenticateChallengeError)
    return `${error.status} ${error.cause.map(({ parameters }) => parameters["error"] ?? "").join(" ")}`.trim();
  return error instanceof Error ? error.message : String(error);
}
