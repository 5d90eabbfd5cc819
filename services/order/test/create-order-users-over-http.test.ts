import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { rejectionOf } from "../../../test/support/failure-of.ts";
import { courseLine, newCourse, newUser } from "../../../test/support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { placeOrder } from "./support/stock-and-seats.ts";

describe("CreateOrder with users over HTTP", () => {
  let environment: OrderEnvironment;
  let server: Server;
  const responses = new Map<string, readonly [status: number, body: string]>();
  const requests: { readonly url: string; readonly authorization: string | undefined }[] = [];
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    server = createServer(({ url = "", headers }, response) => {
      requests.push({ url, authorization: headers.authorization });
      const [status, body] = responses.get(decodeURIComponent(url.replace("/v1/users/", ""))) ?? [404, ""];
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    environment = await startOrderEnvironment({ env: { TILL_USERS_URL: `http://127.0.0.1:${port}/v1/` } });
  });
  after(async () => {
    await environment?.stop();
    server?.close();
    server?.closeAllConnections();
  });

  const place = (user: string) => placeOrder(environment.as(user), [courseLine(newCourse())]);

  it("is placed for a user of any id who is there, with a token of its own", async () => {
    const user = `auth0|${newUser()}`;
    responses.set(user, [200, JSON.stringify({ id: user, name: "Ada" })]);
    expect((await place(user)).order?.userId).to.equal(user);
    const { url, authorization } = requests.at(-1)!;
    expect(url).to.equal(`/v1/users/${encodeURIComponent(user)}`);
    expect(authorization).to.match(/^Bearer ./);
  });

  it("is rejected for a user who is not there, and for one who is not active", async () => {
    const [unknown, inactive] = [newUser(), newUser()];
    responses.set(inactive, [200, '{"active": false}']);
    expect(await rejectionOf(place(unknown))).to.include({ reason: "USER_NOT_FOUND" });
    expect(await rejectionOf(place(inactive))).to.include({ reason: "USER_INACTIVE" });
  });

  for (const [what, response] of [
    ["fails", [500, "{}"]],
    ["sends no JSON", [200, "<html>"]],
    ["sends what is no user", [200, '{"active": "yes"}']],
    ["redirects", [302, ""]],
  ] as const)
    it(`is UNAVAILABLE where it ${what}, and nothing is written`, async () => {
      const user = newUser();
      responses.set(user, response);
      const written = await environment.countWritten();
      expect(await rejectionOf(place(user))).to.deep.equal({
        code: Code.Unavailable,
        reason: "UPSTREAM_UNAVAILABLE",
        metadata: { upstream: "users" },
      });
      expect(await environment.countWritten()).to.equal(written);
    });
});
