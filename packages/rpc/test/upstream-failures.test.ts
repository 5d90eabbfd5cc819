import type { ConnectError } from "@connectrpc/connect";
import { Code } from "@connectrpc/connect";
import { BadRequestSchema, RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { expect } from "chai";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { AppError, refuse, refuseForUpstream } from "../src/index.ts";
import { id, userServer, type UserServer } from "./user-server.ts";

describe("A failure of an upstream", () => {
  let upstream: UserServer;
  let server: UserServer;
  let fail: () => never;
  let askAs = "token-service";
  before(async () => {
    upstream = await userServer(() => fail());
    const inner = upstream.client({ token: () => Promise.resolve(askAs), retries: false });
    server = await userServer((request) =>
      inner.getUser(request).catch((e) => refuseForUpstream(e, "users")),
    );
  });
  after(async () => {
    await server.close();
    await upstream.close();
  });
  beforeEach(() => (askAs = "token-service"));

  const failure = () => failureOf(server.client({ retries: false }).getUser({ userId: id }));
  const retryDelayOf = (error: ConnectError) => error.findDetails(RetryInfoSchema)[0]?.retryDelay;

  it("that says when to try again says so to our caller", async () => {
    fail = () => {
      const facts = { metadata: { upstream: "postgres" }, retryAfterMs: 2500 };
      throw new AppError("UPSTREAM_UNAVAILABLE", Code.Unavailable, "try again", facts);
    };
    const error = await failure();
    expect(error.code).to.equal(Code.Unavailable);
    expect(factsOf(error)).to.deep.equal({
      reason: "UPSTREAM_UNAVAILABLE",
      metadata: { upstream: "postgres" },
    });
    expect(retryDelayOf(error)).to.include({ seconds: 2n, nanos: 500_000_000 });
  });

  it("that names fields names them to our caller", async () => {
    const violations = [{ field: "a", description: "is too long" }];
    fail = () => refuse("INVALID_ARGUMENT", "a: is too long", { violations });
    const error = await failure();
    expect(factsOf(error).reason).to.equal("INVALID_ARGUMENT");
    const named = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
    expect(named.map(({ field, description }) => ({ field, description }))).to.deep.equal(violations);
    expect(retryDelayOf(error)).to.equal(undefined);
  });

  it("that does not take us for who we are is no fault of our caller's", async () => {
    const unavailable = [Code.Unavailable, "UPSTREAM_UNAVAILABLE", "users"];
    const outcome = async () => {
      const error = await failure();
      const { reason, metadata } = factsOf(error);
      expect(retryDelayOf(error)?.seconds).to.equal(1n);
      return [error.code, reason, metadata.upstream];
    };
    fail = () => refuse("PERMISSION_DENIED", "role service may not");
    expect(await outcome()).to.deep.equal(unavailable);
    fail = () => refuse("UNAUTHENTICATED", "who are you");
    expect(await outcome()).to.deep.equal(unavailable);
    askAs = "expired";
    expect(await outcome()).to.deep.equal(unavailable);
  });

  it("that is a defect of its own tells our caller nothing but to try again", async () => {
    fail = () => {
      throw new Error("password=hunter2");
    };
    const error = await failure();
    expect(factsOf(error)).to.deep.equal({ reason: "UPSTREAM_UNAVAILABLE", metadata: { upstream: "users" } });
    expect(error.rawMessage).to.equal("users cannot be reached, try again");
  });
});
