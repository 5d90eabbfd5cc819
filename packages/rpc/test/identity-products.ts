export type Claims = Readonly<Record<string, unknown>>;

/** An identity provider's product: its issuer, the settings for it, and what its tokens have beside the standard. */
type Product = {
  readonly path: string;
  readonly alg: "ES256" | "RS256";
  readonly env: Readonly<Record<string, string>>;
  /** Of every token. */
  readonly claims: Claims;
  /** What makes a token one of an admin, a service or a user, and the id by which Till knows its bearer. */
  readonly bearers: Readonly<Record<"admin" | "service" | "user", Claims & { readonly knownAs: string }>>;
  /** Claims that Till must not accept, with the claim that its log names. */
  readonly rejected: readonly (readonly [named: string, claims: Claims])[];
};

const [person, other] = ["3f0e2c9a-6f0b-4a54-9f1e-0d7c3c1a5b10", "9c1a5b10-6f0b-4a54-9f1e-0d7c3f0e2c9a"];

/** By the provider's name. */
export const products: Readonly<Record<string, Product>> = {
  Keycloak: {
    path: "/realms/shop",
    alg: "RS256",
    env: {
      TILL_JWT_ROLE_CLAIM: "realm_access.roles,resource_access.till.roles",
      TILL_JWT_ROLES: "shop-admin=admin,backend=service,*=user",
    },
    claims: {
      ...{ aud: ["till", "account"], typ: "Bearer", azp: "web-shop", scope: "openid profile email" },
      ...{ acr: "1", sid: "0b7c", preferred_username: "ada", email_verified: true },
    },
    bearers: {
      admin: { realm_access: { roles: ["offline_access", "shop-admin"] }, sub: person, knownAs: person },
      service: {
        ...{ resource_access: { till: { roles: ["backend"] } }, clientHost: "10.0.0.1" },
        ...{ sub: other, knownAs: other },
      },
      user: { realm_access: { roles: ["default-roles-shop"] }, sub: person, knownAs: person },
    },
    rejected: [
      ["typ", { typ: "ID", sub: person }],
      ["aud", { aud: "account", sub: person }],
    ],
  },
  Auth0: {
    path: "/",
    alg: "RS256",
    env: {
      TILL_JWT_AUDIENCE: "https://api.shop.example",
      TILL_JWT_ROLE_CLAIM: "https://shop.example/roles,scope",
      TILL_JWT_ROLES: "Shop Admin=admin,till:call=service,*=user",
    },
    claims: { aud: ["https://api.shop.example", "https://shop.eu.auth0.com/userinfo"], azp: "x8Dk" },
    bearers: {
      admin: {
        ...{ "https://shop.example/roles": ["Shop Admin"], scope: "openid email" },
        ...{ sub: "auth0|65F0c2", knownAs: "auth0|65F0c2" },
      },
      service: {
        ...{ gty: "client-credentials", scope: "read:orders till:call" },
        ...{ sub: "x8Dk@clients", knownAs: "x8Dk@clients" },
      },
      user: { scope: "openid profile", sub: "google-oauth2|1059", knownAs: "google-oauth2|1059" },
    },
    rejected: [["aud", { aud: "https://other.example", sub: "auth0|65F0c2" }]],
  },
  Entra: {
    path: "/5f0f3c1e-tenant/v2.0",
    alg: "RS256",
    env: {
      TILL_JWT_AUDIENCE: "9d1c0c3a-application",
      TILL_JWT_USER_CLAIM: "oid",
      TILL_JWT_ROLE_CLAIM: "roles",
      TILL_JWT_ROLES: "Till.Admin=admin,Till.Call=service,*=user",
    },
    claims: {
      ...{ aud: "9d1c0c3a-application", azp: "77aa", tid: "5f0f3c1e-tenant", ver: "2.0", uti: "Yx" },
      ...{ sub: "AAAAAAAA pairwise", nbf: Math.floor(Date.now() / 1000) - 300 },
    },
    bearers: {
      admin: { roles: ["Till.Admin"], oid: person.toUpperCase(), knownAs: person },
      service: { roles: ["Till.Call"], idtyp: "app", oid: other, knownAs: other },
      user: { scp: "Orders.ReadWrite", oid: person, knownAs: person },
    },
    rejected: [
      ["oid", {}],
      ["aud", { aud: "00000003-0000-0000-c000-000000000000", oid: person }],
    ],
  },
  Cognito: {
    path: "/eu-central-1_Ab12",
    alg: "RS256",
    env: {
      TILL_JWT_CLIENTS: "web-shop-1a2b,backend-3c4d",
      TILL_JWT_ROLE_CLAIM: "cognito:groups,scope",
      TILL_JWT_ROLES: "shop-admins=admin,till/call=service,*=user",
    },
    claims: { aud: undefined, token_use: "access", client_id: "web-shop-1a2b", version: 2 },
    bearers: {
      admin: { "cognito:groups": ["everyone", "shop-admins"], username: "ada", sub: person, knownAs: person },
      service: {
        ...{ client_id: "backend-3c4d", scope: "till/call" },
        ...{ sub: "backend-3c4d", knownAs: "backend-3c4d" },
      },
      user: { scope: "aws.cognito.signin.user.admin", username: "ada", sub: person, knownAs: person },
    },
    rejected: [
      ["token_use", { token_use: "id", sub: person }],
      ["client_id", { client_id: "another", sub: person }],
      ["client_id", { client_id: undefined, aud: "web-shop-1a2b", sub: person }],
    ],
  },
};
