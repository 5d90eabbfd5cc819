import { exportJWK, generateKeyPair } from "jose";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

/** Claims over those that the provider writes itself; one that is undefined is left out. */
type Claims = Readonly<Record<string, unknown>>;

type IssuerOptions = {
  /** The issuer's path, such as /realms/shop, or / for an issuer whose name ends in a slash. */
  readonly path?: string;
  readonly alg?: "ES256" | "RS256";
  /** Of the tokens that are issued at its token endpoint. */
  readonly tokenSeconds?: number;
};

/** An OpenID provider that is none of ours: its tokens get the claims that another product's tokens have. */
export type ForeignIssuer = Awaited<ReturnType<typeof startForeignIssuer>>;

/** The only client that it knows; its secret has characters that HTTP Basic authentication must encode. */
export const foreignClient = { id: "till:order", secret: "a secret:of 100%" } as const;

/** Starts it on a free port. */
export async function startForeignIssuer({
  path = "",
  alg = "ES256",
  tokenSeconds = 600,
}: IssuerOptions = {}) {
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  let claims: Claims = {};
  const requests: string[] = [];
  const provider = new Provider(`${url}${path}`, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "key-1", alg, use: "sig" }] },
    clients: [
      {
        ...{ client_id: foreignClient.id, client_secret: foreignClient.secret },
        ...{ grant_types: ["client_credentials"], redirect_uris: [], response_types: [] },
        id_token_signed_response_alg: alg,
      },
    ],
    scopes: ["orders"],
    ttl: { ClientCredentials: tokenSeconds },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "urn:till",
        getResourceServerInfo: (_context, resource) => ({
          ...{ scope: "orders", audience: resource },
          ...{ accessTokenFormat: "jwt", jwt: { sign: { alg } } },
        }),
      },
    },
    formats: {
      customizers: {
        jwt(_context, _token, { payload }) {
          // The library insists on an audience, which tokens of Cognito have not: one that is not written down will do.
          const isWithoutAudience = "aud" in claims && claims["aud"] === undefined;
          Object.assign(payload, claims);
          if (isWithoutAudience) Object.defineProperty(payload, "aud", { value: "none", enumerable: false });
        },
      },
    },
  });
  const handle = provider.callback();
  http.on("request", (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    // As a server does that mounts the provider below a path.
    const originalUrl = request.url!;
    const url = originalUrl.slice(path.replace(/\/$/, "").length);
    void handle(Object.assign(request, { originalUrl, url }), response);
  });
  const tokenUrl = `${url}${path.replace(/\/$/, "")}/token`;

  return {
    issuer: `${url}${path}`,
    jwksUrl: `${url}${path.replace(/\/$/, "")}/jwks`,
    tokenUrl,
    /** Every request that it received, as `GET /jwks`. */
    requests,
    /** What the tokens say that it issues from now on. */
    setClaims: (given: Claims) => void (claims = given),
    /** A token with these claims, as a client of the issuer gets it. */
    async token(given: Claims): Promise<string> {
      claims = given;
      const credentials = [foreignClient.id, foreignClient.secret].map(encodeURIComponent).join(":");
      const response = await fetch(tokenUrl, {
        method: "POST",
        headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
        body: new URLSearchParams({ grant_type: "client_credentials" }),
      });
      const body = (await response.json()) as { access_token?: string };
      if (body.access_token === undefined) throw new Error(`no token: ${JSON.stringify(body)}`);
      return body.access_token;
    },
    close: () => http.close().closeAllConnections(),
  };
}
