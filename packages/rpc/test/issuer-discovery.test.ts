import { expect } from "chai";
import { startForeignIssuer } from "../../../test/support/foreign-issuer.ts";
import { serverWithIssuers } from "./issuer-server.ts";

const person = "3f0e2c9a-6f0b-4a54-9f1e-0d7c3c1a5b10";

describe("An issuer that is discovered", () => {
  it("is UPSTREAM_UNAVAILABLE while its configuration is of another issuer, or it is away", async () => {
    const issuer = await startForeignIssuer();
    const alias = issuer.issuer.replace("127.0.0.1", "localhost");
    const server = await serverWithIssuers({ TILL_JWT_ISSUER: alias });
    const token = await issuer.token({ aud: "till", role: "user", sub: person, iss: alias });
    expect(await server.callWith(token)).to.equal("UPSTREAM_UNAVAILABLE");
    issuer.close();
    expect(await server.callWith(token)).to.equal("UPSTREAM_UNAVAILABLE");
    await server.close();
  });
});
