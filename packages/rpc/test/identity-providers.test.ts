import { readConfig, serverSettings, serverVariables } from "@till/config";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { Writable } from "node:stream";
import { z } from "zod";
import { startForeignIssuer, type ForeignIssuer } from "../../../test/support/foreign-issuer.ts";
import { reasonOf } from "../src/errors.ts";
import { verifyTokens } from "../src/server.ts";
import { userServer } from "./user-server.ts";

type Claims = Readonly<Record<string, unknown>>;

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

const products: Readonly<Record<string, Product>> = {
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

/** A server that takes tokens as the settings say, and returns its caller's id and role. */
async function serverWith(env: Readonly<Record<string, string>>) {
  const ports = { port: 0, metricsPort: 0, sandboxHttp: 1 };
  const { tokens } = serverSettings(readConfig(z.object(serverVariables(ports)), env));
  let logged = "";
  const destination = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk);
      done();
    },
  });
  const log = createLog({ service: "test", destination });
  const server = await userServer(
    (_request, { caller: { id, role } }) => Promise.resolve({ user: { id, displayName: role } }),
    { verify: verifyTokens(tokens, { log }) },
  );
  return {
    ...server,
    logged: () => logged,
    /** The role and id of a token's bearer, or the reason why it is rejected. */
    callWith: (token: string) =>
      server
        .client({ token: () => Promise.resolve(token), retries: false })
        .getUser({ userId: person })
        .then(({ user }) => `${user!.displayName} ${user!.id}`, reasonOf),
  };
}

type Server = Awaited<ReturnType<typeof serverWith>>;

for (const [name, { path, alg, env, claims, bearers, rejected }] of Object.entries(products))
  describe(`A token of ${name}`, () => {
    let issuer: ForeignIssuer;
    let server: Server;
    before(async () => {
      issuer = await startForeignIssuer({ path, alg });
      server = await serverWith({ TILL_JWT_ISSUER: issuer.issuer, ...env });
    });
    after(async () => {
      await server.close();
      issuer.close();
    });

    it("names its bearer and the bearer's role by configuration alone", async () => {
      const tokens = await tokensOf(Object.values(bearers).map(({ knownAs: _, ...own }) => own));
      expect(await Promise.all(tokens.map(server.callWith))).to.deep.equal(
        Object.entries(bearers).map(([role, { knownAs }]) => `${role} ${knownAs}`),
      );
      expect(issuer.requests.filter((request) => request.includes("openid-configuration"))).to.have.length(1);
    });

    for (const [claim, own] of rejected)
      it(`is rejected with ${JSON.stringify(own)}, and the log names ${claim} and shows no token`, async () => {
        const [token] = await tokensOf([own]);
        expect(await server.callWith(token!)).to.equal("UNAUTHENTICATED");
        expect(server.logged()).to.match(
          new RegExp(`"claim":"${claim}","problem":"[^"]+","msg":"token rejected"`),
        );
        for (const part of token!.split(".")) expect(server.logged()).not.to.include(part);
      });

    async function tokensOf(given: readonly Claims[]): Promise<string[]> {
      const tokens: string[] = [];
      for (const own of given) tokens.push(await issuer.token({ ...claims, ...own }));
      return tokens;
    }
  });

describe("Tokens of several issuers", () => {
  let customers: ForeignIssuer;
  let staff: ForeignIssuer;
  let server: Server;
  before(async () => {
    customers = await startForeignIssuer({ path: "/customers" });
    staff = await startForeignIssuer({ path: "/staff" });
    server = await serverWith({
      TILL_JWT_ISSUER: customers.issuer,
      TILL_JWT_ROLES: "*=user",
      TILL_JWT_ISSUER_2: staff.issuer,
      TILL_JWKS_URL_2: staff.jwksUrl,
      TILL_JWT_ROLE_CLAIM_2: "groups",
      TILL_JWT_ROLES_2: "operators=admin",
    });
  });
  after(async () => {
    await server.close();
    customers.close();
    staff.close();
  });
  const claims = { aud: "till", sub: person };

  it("are verified and read by each issuer's own settings", async () => {
    expect(await server.callWith(await customers.token(claims))).to.equal(`user ${person}`);
    const operator = await staff.token({ ...claims, groups: "operators" });
    expect(await server.callWith(operator)).to.equal(`admin ${person}`);
    expect(staff.requests, "its keys are given").not.to.include(
      "GET /staff/.well-known/openid-configuration",
    );
  });

  it("get no role that only another issuer may give", async () => {
    const claimed = { ...claims, groups: ["operators"], role: "admin" };
    expect(await server.callWith(await customers.token(claimed))).to.equal(`user ${person}`);
  });

  it("are rejected where one issuer signs in the other's name, or an issuer is not known", async () => {
    const forged = await customers.token({ ...claims, groups: ["operators"], iss: staff.issuer });
    expect(await server.callWith(forged)).to.equal("UNAUTHENTICATED");
    expect(server.logged()).to.include("signature verification failed");
    const unknown = await customers.token({ ...claims, iss: `${customers.issuer}/` });
    expect(await server.callWith(unknown)).to.equal("UNAUTHENTICATED");
    expect(server.logged()).to.include(`is none of ${customers.issuer}, ${staff.issuer}`);
  });

  it("are rejected where a token has none of an issuer's roles", async () => {
    expect(await server.callWith(await staff.token({ ...claims, groups: ["visitors"] }))).to.equal(
      "UNAUTHENTICATED",
    );
    expect(server.logged()).to.include('"claim":"groups"');
  });
});

describe("An issuer that is discovered", () => {
  it("is UPSTREAM_UNAVAILABLE while its configuration is of another issuer, or it is away", async () => {
    const issuer = await startForeignIssuer();
    const alias = issuer.issuer.replace("127.0.0.1", "localhost");
    const server = await serverWith({ TILL_JWT_ISSUER: alias });
    const token = await issuer.token({ aud: "till", role: "user", sub: person, iss: alias });
    expect(await server.callWith(token)).to.equal("UPSTREAM_UNAVAILABLE");
    issuer.close();
    expect(await server.callWith(token)).to.equal("UPSTREAM_UNAVAILABLE");
    await server.close();
  });
});

describe("The clock tolerance", () => {
  it("is for tokens of a clock that is ahead, and makes none last longer", async () => {
    const issuer = await startForeignIssuer();
    const server = await serverWith({
      TILL_JWT_ISSUER: issuer.issuer,
      TILL_JWT_CLOCK_TOLERANCE_SECONDS: "60",
    });
    const now = Math.floor(Date.now() / 1000);
    const claims = { aud: "till", role: "user", sub: person };
    expect(await server.callWith(await issuer.token({ ...claims, nbf: now + 50 }))).to.equal(
      `user ${person}`,
    );
    expect(await server.callWith(await issuer.token({ ...claims, nbf: now + 200 }))).to.equal(
      "UNAUTHENTICATED",
    );
    expect(await server.callWith(await issuer.token({ ...claims, exp: now - 10 }))).to.equal(
      "UNAUTHENTICATED",
    );
    expect(server.logged()).to.include('"claim":"exp"').and.include('"claim":"nbf"');
    await server.close();
    issuer.close();
  });
});
