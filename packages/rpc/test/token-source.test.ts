import { expect } from "chai";
import { decodeJwt, UnsecuredJWT } from "jose";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { eventually } from "../../../test/support/eventually.ts";
import {
  foreignClient,
  startForeignIssuer,
  type ForeignIssuer,
} from "../../../test/support/foreign-issuer.ts";
import { tokenFrom, type TokenSource } from "../src/client.ts";

const secondMs = 1000;
const startedAtMs = 1_800_000_000_000;

describe("The token a service calls others with", () => {
  let nowMs = startedAtMs;
  let requests = 0;
  let issued = 0;
  let issuer: (response: ServerResponse) => void;
  let token: TokenSource;
  const http = createServer((_request, response) => {
    requests += 1;
    issuer(response);
  });
  const isOpen = (response: ServerResponse) => {
    issued += 1;
    const exp = nowMs / secondMs + 100;
    response.end(`${new UnsecuredJWT({ exp, jti: String(issued) }).encode()}\n`);
  };
  const isDown = (response: ServerResponse) => response.writeHead(503).end();
  before(async () => {
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
  });
  after(() => http.close().closeAllConnections());
  beforeEach(() => {
    [nowMs, requests, issued, issuer] = [startedAtMs, 0, 0, isOpen];
    token = tokenFrom({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }, () => nowMs);
  });

  const number = async () =>
    Number(UnsecuredJWT.decode(await token(), { currentDate: new Date(0) }).payload.jti);
  const numbers = (count: number) => Promise.all(Array.from({ length: count }, number));
  const failed = () =>
    token().then(
      () => expect.fail("there was a token"),
      (error: Error) => error.message,
    );

  it("is fetched once, however many ask for it at once", async () => {
    expect(await numbers(20)).to.deep.equal(Array(20).fill(1));
    nowMs += 79 * secondMs;
    expect(await number()).to.equal(1);
    expect(requests).to.equal(1);
  });

  it("is renewed before it expires, and no call waits for that", async () => {
    await number();
    const held: ServerResponse[] = [];
    issuer = (response) => held.push(response);
    nowMs += 81 * secondMs;
    expect(await numbers(20)).to.deep.equal(Array(20).fill(1));
    await eventually(() => expect(held).to.have.length(1));
    expect(await number()).to.equal(1);
    isOpen(held[0]!);
    await eventually(async () => expect(await number()).to.equal(2));
    expect(requests).to.equal(2);
  });

  it("stays in use while the issuer is down, which is called again now and then, until it expires", async () => {
    await number();
    issuer = isDown;
    nowMs += 81 * secondMs;
    for (const requestsBefore of [1, 2, 3]) {
      await eventually(async () => {
        expect(await numbers(20)).to.deep.equal(Array(20).fill(1));
        expect(requests).to.equal(requestsBefore + 1);
      });
      expect(await numbers(20)).to.deep.equal(Array(20).fill(1));
      expect(requests).to.equal(requestsBefore + 1);
      nowMs += 2 * secondMs;
    }
    nowMs = startedAtMs + 100 * secondMs;
    expect(await failed()).to.equal("the token issuer answered 503");
  });

  it("is there again soon after the issuer is", async () => {
    issuer = isDown;
    expect(await Promise.all([failed(), failed()])).to.deep.equal(
      Array(2).fill("the token issuer answered 503"),
    );
    expect(await failed()).to.equal("the token issuer answered 503");
    expect(requests).to.equal(1);
    issuer = isOpen;
    nowMs += 1 * secondMs;
    expect(await number()).to.equal(1);
  });

  it("is waited for where the old one expired while there were no calls", async () => {
    await number();
    nowMs += 200 * secondMs;
    expect(await numbers(20)).to.deep.equal(Array(20).fill(2));
    expect(requests).to.equal(2);
  });

  it("is another one once it was not accepted, unless that is a new one already", async () => {
    const first = await token();
    nowMs += 5 * secondMs;
    token.forget?.(first);
    expect(await numbers(20)).to.deep.equal(Array(20).fill(2));
    nowMs += 5 * secondMs;
    token.forget?.(first); // by a call that was slow to fail
    expect(await number()).to.equal(2);
    expect(requests).to.equal(2);
  });

  it("is not requested at every call of a service that accepts none", async () => {
    await number();
    nowMs += 5 * secondMs;
    for (let calls = 0; calls < 20; calls += 1) token.forget?.(await token());
    expect(requests).to.equal(2);
    nowMs += 1 * secondMs;
    token.forget?.(await token());
    expect(await number()).to.equal(3);
  });

  it("is not what a issuer says that gives something else", async () => {
    issuer = (response) => response.end("<html>welcome</html>");
    expect(await failed()).to.include("JWT");
  });
});

describe("The token of an OAuth client", () => {
  let issuer: ForeignIssuer;
  let nowMs = startedAtMs;
  before(async () => (issuer = await startForeignIssuer({ tokenSeconds: 100 })));
  after(() => issuer.close());
  const tokenRequests = () => issuer.requests.filter((request) => request === "POST /token").length;
  const sourceOf = (client: object) =>
    tokenFrom({ url: issuer.tokenUrl, client: { ...foreignClient, ...client } }, () => nowMs);

  it("is fetched once by client credentials, and again before it expires", async () => {
    const token = sourceOf({ scope: "orders" });
    const before = tokenRequests();
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, token));
    expect(new Set(others)).to.deep.equal(new Set([first]));
    expect(decodeJwt(first!)).to.include({ client_id: foreignClient.id, scope: "orders" });
    nowMs += 79 * secondMs;
    expect(await token()).to.equal(first);
    expect(tokenRequests()).to.equal(before + 1);
    nowMs += 2 * secondMs;
    await eventually(async () => expect(await token()).not.to.equal(first));
    expect(tokenRequests()).to.equal(before + 2);
  });

  it("is not there with another secret, and the issuer's error says why", async () => {
    const failure = await sourceOf({ secret: "another" })().catch((error: Error) => error.message);
    expect(failure).to.match(/^the token issuer returned no token: .*invalid_client/);
  });

  it("is sent with the audience that an issuer wants to be named", async () => {
    const seen = Promise.withResolvers<string>();
    const http = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (body: string) => seen.resolve(body));
      const token = { access_token: "opaque", token_type: "Bearer", expires_in: "60" };
      response.setHeader("content-type", "application/json").end(JSON.stringify(token));
    }).listen(0, "127.0.0.1");
    await once(http, "listening");
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/oauth/token`;
    const client = { ...foreignClient, audience: "https://api.shop.example" };
    expect(await tokenFrom({ url, client })()).to.equal("opaque");
    expect(Object.fromEntries(new URLSearchParams(await seen.promise))).to.include({
      grant_type: "client_credentials",
      audience: "https://api.shop.example",
    });
    http.close().closeAllConnections();
  });
});
