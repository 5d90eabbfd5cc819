import { expect } from "chai";
import { startForeignIssuer, type ForeignIssuer } from "../../../test/support/foreign-issuer.ts";
import { serverWithIssuers, type IssuerServer } from "./issuer-server.ts";

const person = "3f0e2c9a-6f0b-4a54-9f1e-0d7c3c1a5b10";

describe("Tokens of several issuers", () => {
  let customers: ForeignIssuer;
  let staff: ForeignIssuer;
  let server: IssuerServer;
  before(async () => {
    customers = await startForeignIssuer({ path: "/customers" });
    staff = await startForeignIssuer({ path: "/staff" });
    server = await serverWithIssuers({
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
