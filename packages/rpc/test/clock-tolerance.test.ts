import { expect } from "chai";
import { startForeignIssuer } from "../../../test/support/foreign-issuer.ts";
import { serverWithIssuers } from "./issuer-server.ts";

const person = "3f0e2c9a-6f0b-4a54-9f1e-0d7c3c1a5b10";

describe("The clock tolerance", () => {
  it("is for tokens of a clock that is ahead, and makes none last longer", async () => {
    const issuer = await startForeignIssuer();
    const server = await serverWithIssuers({
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
