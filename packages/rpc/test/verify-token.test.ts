import { expect } from "chai";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from "jose";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { failureOf } from "../../../test/support/failure-of.ts";
import { reasonOf } from "../src/errors.ts";
import { verifyTokens } from "../src/server.ts";
import { id, userServer, type UserServer } from "./user-server.ts";

describe("A bearer token", () => {
  let issuer: Awaited<ReturnType<typeof identityProvider>>;
  let server: UserServer;
  const startedAt = Math.floor(Date.now() / 1000);
  let nowMs = 0;
  before(async () => {
    issuer = await identityProvider();
    server = await serverOf(issuer.jwksUrl);
  });
  after(async () => {
    await server.close();
    issuer.close();
  });
  beforeEach(() => (nowMs = startedAt * 1000));

  function serverOf(jwksUrl: string): Promise<UserServer> {
    const rules = { issuers: [{ jwksUrl, issuer: "idp", audiences: ["till"] }], keysMaxAgeMs: 0 };
    return userServer(() => Promise.resolve({ user: { id } }), {
      verify: verifyTokens(rules, { now: () => nowMs }),
    });
  }
  const callAt = (at: UserServer, token: string) =>
    at
      .client({ token: () => Promise.resolve(token), retries: false })
      .getUser({ userId: id })
      .then(() => "OK", reasonOf);
  const callWith = (token: string) => callAt(server, token);
  const expiresIn = (seconds: number) => issuer.tokenOf({ exp: startedAt + seconds });

  for (const seconds of [0, -1, -5, -3600]) {
    it(`that lasts ${seconds} seconds is expired`, async () => {
      const token = await expiresIn(seconds);
      const call = server.client({ token: () => Promise.resolve(token) }).getUser({ userId: id });
      const error = await failureOf(call);
      expect([reasonOf(error), error.rawMessage]).to.deep.equal(["UNAUTHENTICATED", "the token has expired"]);
    });
  }

  it("that was good a moment ago is rejected from the moment on at which it expires", async () => {
    const token = await expiresIn(1);
    nowMs += 999;
    expect([await callWith(token), await callWith(token)]).to.deep.equal(["OK", "OK"]);
    nowMs += 1;
    expect(await callWith(token)).to.equal("UNAUTHENTICATED");
    expect(await callWith(await expiresIn(1)), "another one, never seen before").to.equal("UNAUTHENTICATED");
  });

  it("of a key that the issuer has withdrawn is rejected within a minute", async () => {
    const token = await expiresIn(3600);
    expect(await callWith(token)).to.equal("OK");
    issuer.serveKeys(JSON.stringify({ keys: [] }));
    nowMs += 60_000;
    expect(await callWith(token)).to.equal("UNAUTHENTICATED");
    issuer.serveKeys(issuer.keys);
    expect(await callWith(token)).to.equal("OK");
  });

  it("is verified with the keys that were there while the issuer is away", async () => {
    expect(await callWith(await expiresIn(3600))).to.equal("OK");
    issuer.serveKeys("");
    nowMs += 60_000;
    expect(await callWith(await expiresIn(3601))).to.equal("OK");
    issuer.serveKeys(issuer.keys);
  });

  const noKeys = ["<html>", "{}", "[]", "null", '{"keys": 7}', '{"keys": [7]}', "\ufffd\ufffd"];
  for (const served of noKeys)
    it(`is verified with the keys that were there while the issuer serves ${JSON.stringify(served)}`, async () => {
      const another = await serverOf(issuer.jwksUrl);
      expect(await callAt(another, await expiresIn(3600))).to.equal("OK");
      issuer.serveKeys(served);
      nowMs += 60_000;
      expect(await callAt(another, await expiresIn(3602))).to.equal("OK");
      issuer.serveKeys(issuer.keys);
      await another.close();
    });

  it("of a key that the issuer serves damaged is not accepted, and the next one is", async () => {
    const [key] = (JSON.parse(issuer.keys) as { keys: object[] }).keys;
    for (const damaged of [
      { x: "!" },
      { crv: "P-1" },
      { kty: "RSA" },
      { x: {} },
      { x: "A".repeat(100_000) },
    ]) {
      const another = await serverOf(issuer.jwksUrl);
      issuer.serveKeys(JSON.stringify({ keys: [{ ...key, ...damaged }] }));
      expect(await callAt(another, await expiresIn(3603))).to.be.oneOf([
        "UNAUTHENTICATED",
        "UPSTREAM_UNAVAILABLE",
      ]);
      issuer.serveKeys(issuer.keys);
      await another.close();
    }
    expect(await callWith(await expiresIn(3604))).to.equal("OK");
  });

  it("lives no longer than the configuration allows, whatever it says", async () => {
    const years = { exp: startedAt + 10 * 365 * 86_400, iat: startedAt };
    expect(await callWith(await issuer.tokenOf(years))).to.equal("OK");
    nowMs += 86_400_000;
    expect(await callWith(await issuer.tokenOf(years))).to.equal("UNAUTHENTICATED");
  });

  it("of another type is rejected", async () => {
    const times = { exp: startedAt + 60 };
    expect(await callWith(await issuer.tokenOf(times, "at+jwt"))).to.equal("OK");
    expect(await callWith(await issuer.tokenOf(times, "dpop+jwt"))).to.equal("UNAUTHENTICATED");
  });

  it("from a clock that is a little ahead is good", async () => {
    const ahead = { iat: startedAt + 4, exp: startedAt + 60 };
    expect(await callWith(await issuer.tokenOf({ ...ahead, nbf: startedAt + 4 }))).to.equal("OK");
    expect(await callWith(await issuer.tokenOf({ ...ahead, nbf: startedAt + 30 }))).to.equal(
      "UNAUTHENTICATED",
    );
  });
});

/** Serves public keys and signs tokens with the other half. */
async function identityProvider() {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const jwks = JSON.stringify({ keys: [{ ...publicJwk, kid, alg: "ES256", use: "sig" }] });
  let served = jwks;
  const http = createServer((_request, response) => {
    response.statusCode = served ? 200 : 503;
    response.end(served);
  }).listen(0, "127.0.0.1");
  await once(http, "listening");
  return {
    jwksUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    /** Serves these bytes from now on; "" returns 503. */
    serveKeys: (text: string) => void (served = text),
    keys: jwks,
    tokenOf: (times: { exp: number; iat?: number; nbf?: number }, typ?: string) =>
      new SignJWT({ iss: "idp", aud: "till", sub: id, role: "user", ...times })
        .setProtectedHeader({ alg: "ES256", kid, ...(typ && { typ }) })
        .sign(privateKey),
    close: () => http.close().closeAllConnections(),
  };
}
