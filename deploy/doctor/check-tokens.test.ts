import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expectResult } from "../../test/support/expect-check-result.ts";
import { nowhere, startDoctorEnvironment, type DoctorEnvironment } from "./test-environment.ts";

describe("The doctor's checks of tokens and other systems", function () {
  this.timeout(60_000);
  let environment: DoctorEnvironment;
  const resultOf: DoctorEnvironment["resultOf"] = (...check) => environment.resultOf(...check);
  before(async () => (environment = await startDoctorEnvironment()));
  after(() => environment?.stop());

  let server: Server;
  let serverUrl: string;
  const bodies: Record<string, string> = {
    "/empty": '{"keys":[]}',
    "/page": '"<html>"',
    "/token": "no JWT",
  };
  before(async () => {
    server = createServer(({ url = "" }, response) => {
      response.statusCode = url in bodies ? 200 : 404;
      response.end(bodies[url]);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server?.close());

  it("finds an issuer whose keys are missing", async () => {
    const issuer = (path: string) => resultOf("token issuer", { TILL_JWKS_URL: `${serverUrl}${path}` });
    expectResult(await issuer("/nothing"), "fail", /returned 404/);
    expectResult(await issuer("/page"), "fail", /no JWKS/);
    expectResult(await issuer("/empty"), "fail", /0 keys/);
    const discovered = { TILL_JWT_ISSUER: serverUrl, TILL_JWKS_URL: "" };
    expectResult(await resultOf("token issuer", discovered), "fail", /openid-configuration returned 404/);
    expectResult(await resultOf("token issuer"), "warn", /anybody an admin/);
  });

  it("finds a service token that cannot be had, and one that others reject", async () => {
    const token = (url: string) => resultOf("service token", { TILL_SERVICE_TOKEN_URL: url });
    expectResult(await token(`${serverUrl}/nothing?client_secret=s3cret`), "fail", /nothing: .* 404$/);
    expectResult(await token(`${serverUrl}/token`), "fail", /Invalid JWT|Invalid Token/i);
    expectResult(await token(`${environment.sandbox.tokenUrl}?role=user&user=u1`), "fail", /role user/);
    const foreign = {
      TILL_JWT_ISSUER: "https://elsewhere.example",
      TILL_JWKS_URL: environment.sandbox.jwksUrl,
    };
    expectResult(await resultOf("service token", foreign), "fail", /rejected/);
  });

  it("finds systems that cannot be reached", async () => {
    expectResult(
      await resultOf("upstream users", { TILL_USERS_ADDRESS: nowhere }),
      "fail",
      /cannot be reached/,
    );
    expectResult(await resultOf("upstream users"), "ok", /serving/);
    expectResult(
      await resultOf("provider", { TILL_PSP_URL: `http://${nowhere}` }, "payment"),
      "fail",
      /sandbox at/,
    );
  });

  it("finds a port that is in use", async () => {
    const inUse = String(new URL(serverUrl).port);
    expectResult(await resultOf("port TILL_PORT", { TILL_PORT: inUse }), "warn", /in use/);
    expectResult(await resultOf("port TILL_PORT", { TILL_HOST: "192.0.2.1" }), "fail", /192\.0\.2\.1/);
  });
});
