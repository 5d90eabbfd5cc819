import { expect } from "chai";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import type { Sandbox } from "../src/sandbox.ts";
import { startTestSandbox, tokenOf } from "./support/sandbox-client.ts";

const ada = "018f0000-0000-7000-8000-0000000000a1";

describe("GET /token", () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await startTestSandbox();
  });

  after(() => sandbox.close());

  it("issues a bare JWT that the JWKS verifies, by default for the role user and an hour", async () => {
    const response = await fetch(`${sandbox.tokenUrl}?user=${ada}`);
    expect(response.headers.get("content-type")).to.match(/^text\/plain/);
    const keys = createRemoteJWKSet(new URL(sandbox.jwksUrl));
    const rules = { issuer: "till-sandbox", audience: "till", algorithms: ["ES256"] };
    const { payload, protectedHeader } = await jwtVerify(await response.text(), keys, rules);
    expect(payload).to.include({ sub: ada, role: "user" });
    expect(payload.exp! - payload.iat!).to.equal(3600);
    expect(protectedHeader.kid).to.be.a("string");
  });

  it("publishes only the public key", async () => {
    const { keys } = (await (await fetch(sandbox.jwksUrl)).json()) as { keys: Record<string, string>[] };
    expect(keys).to.have.length(1);
    expect(keys[0]).to.have.all.keys("kty", "crv", "x", "y", "kid", "alg", "use");
  });

  it("issues tokens of each role, and expired ones", async () => {
    expect(decodeJwt(await tokenOf(sandbox, "user=ops&role=admin"))).to.include({
      sub: "ops",
      role: "admin",
    });
    const expired = decodeJwt(await tokenOf(sandbox, `user=${ada}&role=service&ttl=-60`));
    expect(expired.role).to.equal("service");
    expect(expired.exp).to.equal(expired.iat! - 60);
    const over = decodeJwt(await tokenOf(sandbox, `user=${ada}&ttl=0`));
    expect(over.exp).to.equal(over.iat);
  });

  it("writes a UUID in lower case, and any other id as it is", async () => {
    for (const [user, sub] of [
      [ada.toUpperCase(), ada],
      ["auth0|65f0C2", "auth0|65f0C2"],
      ["Ada", "Ada"],
    ] as const)
      expect(decodeJwt(await tokenOf(sandbox, `user=${user}`)).sub).to.equal(sub);
  });

  for (const [what, query] of [
    ["no user", ""],
    ["an empty user", "user="],
    ["a user with a blank", "user=a%20b"],
    ["two users", `user=${ada}&user=${ada}`],
    ["a name with a NUL byte", "user=a%00b&role=admin"],
    ["an unknown role", `user=${ada}&role=root`],
    ["a role out of a prototype", `user=${ada}&role=constructor`],
    ["a lifetime that is no number", `user=${ada}&ttl=soon`],
    ["half a second", `user=${ada}&ttl=0.5`],
    ["more than 30 days", `user=${ada}&ttl=2592001`],
    ["a misspelt parameter", `user=${ada}&rol=admin`],
  ] as const) {
    it(`rejects ${what} with 400 and a reason`, async () => {
      const response = await fetch(`${sandbox.tokenUrl}?${query}`);
      expect(response.status).to.equal(400);
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      expect(error.code).to.equal("invalid_request");
      expect(error.message).to.match(/user|role|ttl|rol/);
    });
  }

  it("is listed at GET /", async () => {
    const text = await (await fetch(sandbox.url)).text();
    for (const thing of ["/token", "/psp/v1/payments", "tok_timeout_after_charge", ada, "EUR 19.90"]) {
      expect(text).to.include(thing);
    }
  });
});
