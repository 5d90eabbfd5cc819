import { freePort } from "@till/embedded-postgres/free-port";
import { exportJWK, generateKeyPair } from "jose";
import { once } from "node:events";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

export type IdentityServer = Awaited<ReturnType<typeof startIdentityServer>>;

/** Access tokens that last less than the console's margin: it refreshes them for each call. */
const accessTokenSeconds = 20;

/** A certified OpenID Connect server: any name signs in, as an admin of Till. `returnTo` is the console's address. */
export async function startIdentityServer(returnTo: string) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "ES256", use: "sig", kid: "test" }] },
    clients: [
      {
        client_id: "till-console",
        token_endpoint_auth_method: "none",
        redirect_uris: [returnTo],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        id_token_signed_response_alg: "ES256",
      },
    ],
    clientBasedCORS: () => true,
    cookies: { keys: ["test"] },
    extraTokenClaims: () => ({ role: "admin" }),
    features: {
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: "",
          audience: "till",
          accessTokenFormat: "jwt",
          accessTokenTTL: accessTokenSeconds,
          jwt: { sign: { alg: "ES256" } },
        }),
        useGrantedResource: () => true,
      },
    },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    issueRefreshToken: () => true,
    pkce: { required: () => true },
    ttl: { Grant: 3600, IdToken: 3600, Interaction: 3600, RefreshToken: 3600, Session: 3600 },
  });
  let refreshes = 0;
  provider.on("grant.success", ({ oidc }) => {
    if (oidc.params?.["grant_type"] === "refresh_token") refreshes++;
  });
  const server = createServer((request, response) => void provider.callback()(request, response));
  await once(server.listen(port, "127.0.0.1"), "listening");
  return {
    issuer,
    /** How often tokens were refreshed. */
    refreshes: () => refreshes,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
