import * as oauth from "oauth4webapi";
import type { OidcSettings } from "./settings.ts";

/** What an identity server has issued. */
export type OidcTokens = {
  readonly accessToken: string;
  /** When the access token ends, in milliseconds since 1970. Undefined where the server does not say it. */
  readonly expiresAtMs?: number | undefined;
  readonly refreshToken?: string | undefined;
};

/** A sign-in that the identity server has not responded to: kept by the tab that began it. */
type Pending = {
  readonly codeVerifier: string;
  readonly state: string;
  readonly nonce: string;
  /** Where the operator was going. */
  readonly address: string;
};

const pendingKey = "till-console-sign-in";
/** The path that the identity server sends the browser to. */
export const returnPath = "/signed-in";
const returnAddress = () => new URL(`/console${returnPath}`, location.href).href;

/** Leaves for the identity server: authorization code with PKCE. */
export async function beginSignIn(settings: OidcSettings): Promise<void> {
  const server = await discover(settings);
  const pending: Pending = {
    codeVerifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    address: location.pathname + location.search,
  };
  sessionStorage.setItem(pendingKey, JSON.stringify(pending));
  if (!server.authorization_endpoint) throw new Error("the identity server has no authorization endpoint");
  const url = new URL(server.authorization_endpoint);
  const parameters = {
    client_id: settings.clientId,
    redirect_uri: returnAddress(),
    response_type: "code",
    scope: settings.scopes,
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.codeVerifier),
    code_challenge_method: "S256",
    state: pending.state,
    nonce: pending.nonce,
    ...resourceOf(settings),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
}

/**
 * Exchanges the code in the address for tokens. The response must be for the sign-in that this tab began: its state and its
 * nonce are checked. Returns also where the operator was going.
 */
export async function completeSignIn(settings: OidcSettings): Promise<OidcTokens & { address: string }> {
  const stored = sessionStorage.getItem(pendingKey);
  sessionStorage.removeItem(pendingKey);
  if (stored === null) throw new Error("This tab has begun no sign-in.");
  const { codeVerifier, state, nonce, address } = JSON.parse(stored) as Pending;
  const server = await discover(settings);
  const client = clientOf(settings);
  const parameters = oauth.validateAuthResponse(server, client, new URL(location.href), state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    returnAddress(),
    codeVerifier,
    { ...transport(settings), additionalParameters: resourceOf(settings) },
  );
  const checks = { expectedNonce: nonce, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, checks);
  return { ...tokensFrom(tokens), address };
}

/** Gets new tokens by a refresh token. Throws where the identity server no longer accepts it. */
export async function refresh(settings: OidcSettings, refreshToken: string): Promise<OidcTokens> {
  const server = await discover(settings);
  const client = clientOf(settings);
  const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refreshToken, {
    ...transport(settings),
    additionalParameters: resourceOf(settings),
  });
  const tokens = await oauth.processRefreshTokenResponse(server, client, response);
  return { refreshToken, ...tokensFrom(tokens) };
}

function tokensFrom(tokens: oauth.TokenEndpointResponse): OidcTokens {
  const { access_token: accessToken, expires_in: seconds, refresh_token: refreshToken } = tokens;
  return {
    accessToken,
    ...(seconds !== undefined && { expiresAtMs: Date.now() + seconds * 1_000 }),
    ...(refreshToken !== undefined && { refreshToken }),
  };
}

async function discover(settings: OidcSettings): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(settings.issuer);
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, transport(settings)));
}

function clientOf({ clientId }: OidcSettings): oauth.Client {
  return { client_id: clientId, token_endpoint_auth_method: "none" };
}

/** The gateway accepts an issuer in the clear on this machine alone. */
function transport({ issuer }: OidcSettings) {
  return { [oauth.allowInsecureRequests]: new URL(issuer).protocol === "http:" };
}

function resourceOf({ resource }: OidcSettings): Record<string, string> {
  return resource === undefined ? {} : { resource };
}
