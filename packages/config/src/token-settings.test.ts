import { expect } from "chai";
import { z } from "zod";
import { ConfigError, readConfig, serverSettings, serverVariables } from "./index.ts";

const schema = z.object(serverVariables({ port: 0, metricsPort: 0, sandboxHttp: 8090 }));

describe("The settings of token issuers", () => {
  it("are the sandbox's where there are none, and discovered where an issuer is named", () => {
    expect(issuers({})[0]).to.include({
      issuer: "till-sandbox",
      jwksUrl: "http://127.0.0.1:8090/.well-known/jwks.json",
    });
    const [named] = issuers({ TILL_JWT_ISSUER: "https://id.example" });
    expect(named).to.include({ issuer: "https://id.example", jwksUrl: undefined });
  });

  it("always require an audience or a client, and never take the audience away from another issuer", () => {
    const env = { TILL_JWT_ISSUER_2: "https://id.example", TILL_JWT_CLIENTS_2: "shop, app" };
    expect(issuers(env).map(({ audiences, clients }) => ({ audiences, clients }))).to.deep.equal([
      { audiences: ["till"], clients: undefined },
      { audiences: undefined, clients: ["shop", "app"] },
    ]);
  });

  it("read a role up to its last equals sign", () => {
    expect(issuers({ TILL_JWT_ROLES: "a=b=admin, Shop Staff = service,*=user" })[0]!.roles).to.deep.equal([
      { named: "a=b", role: "admin" },
      { named: "Shop Staff", role: "service" },
      { named: "*", role: "user" },
    ]);
  });

  const wrong = {
    "TILL_JWT_ROLES: must be <role>=user": { TILL_JWT_ROLES: "shop-admin" },
    "TILL_JWT_ROLES: must be": { TILL_JWT_ROLES: "*=admin" },
    "TILL_JWT_ROLES_3: must be": { TILL_JWT_ROLES_3: "x=owner" },
    TILL_JWT_AUDIENCE: { TILL_JWT_AUDIENCE: "a,,b" },
    "TILL_JWKS_URL is missing (TILL_JWT_ISSUER is no URL": { TILL_JWT_ISSUER: "shop" },
    "TILL_JWT_ISSUER_2 is missing": { TILL_JWKS_URL_2: "https://id.example/keys" },
  };
  for (const [problem, env] of Object.entries(wrong))
    it(`are not usable with ${JSON.stringify(env)}, and the variable is named`, () => {
      expect(() => issuers(env))
        .to.throw(ConfigError)
        .with.property("problems")
        .that.satisfies(
          (problems: readonly string[]) => problems.length === 1 && problems[0]!.startsWith(problem),
        );
    });
});

function issuers(env: Readonly<Record<string, string>>) {
  return serverSettings(readConfig(schema, env)).tokens.issuers;
}
