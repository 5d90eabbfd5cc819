import type { ConnectError } from "@connectrpc/connect";
import { Code } from "@connectrpc/connect";
import { BadRequestSchema, RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { upstreamError } from "../src/client.ts";
import { appError, AppError } from "../src/errors.ts";
import { id, userServer, type UserServer } from "./user-server.ts";

describe("A failure of an upstream", () => {
  let upstream: UserServer;
  let server: UserServer;
  let respond: () => never;
  let askAs = "token-service";
  before(async () => {
    upstream = await userServer(() => respond());
    const inner = upstream.client({ token: () => Promise.resolve(askAs), retries: false });
    server = await userServer((request) =>
      inner.getUser(request).catch((e) => {
        throw upstreamError(e, "users");
      }),
    );
  });
  after(async () => {
    await server.close();
    await upstream.close();
  });
  beforeEach(() => (askAs = "token-service"));

  const rejection = () => failureOf(server.client({ retries: false }).getUser({ userId: id }));
  const retryDelayOf = (error: ConnectError) => error.findDetails(RetryInfoSchema)[0]?.retryDelay;

  it("that says when to try again says so to our caller", async () => {
    respond = () => {
      const facts = { metadata: { upstream: "postgres" }, retryAfterMs: 2500 };
      throw new AppError("UPSTREAM_UNAVAILABLE", Code.Unavailable, "try again", facts);
    };
    const error = await rejection();
    expect(error.code).to.equal(Code.Unavailable);
    expect(factsOf(error)).to.deep.equal({
      reason: "UPSTREAM_UNAVAILABLE",
      metadata: { upstream: "postgres" },
    });
    expect(retryDelayOf(error)).to.include({ seconds: 2n, nanos: 500_000_000 });
  });

  it("that names fields of our request does not name them to our caller, who did not write it", async () => {
    const violations = [{ field: "a", description: "is too long" }];
    respond = () => {
      throw appError("INVALID_ARGUMENT", "a: is too long", { violations });
    };
    const error = await rejection();
    expect(factsOf(error).reason).to.equal("INVALID_ARGUMENT");
    expect(error.findDetails(BadRequestSchema)).to.deep.equal([]);
    expect(retryDelayOf(error)).to.equal(undefined);
  });

  it("that does not take us for who we are is no fault of our caller's", async () => {
    const unavailable = [Code.Unavailable, "UPSTREAM_UNAVAILABLE", "users"];
    const outcome = async () => {
      const error = await rejection();
      const { reason, metadata } = factsOf(error);
      expect(retryDelayOf(error)?.seconds).to.equal(1n);
      return [error.code, reason, metadata.upstream];
    };
    respond = () => {
      throw appError("PERMISSION_DENIED", "role service may not");
    };
    expect(await outcome()).to.deep.equal(unavailable);
    respond = () => {
      throw appError("UNAUTHENTICATED", "who are you");
    };
    expect(await outcome()).to.deep.equal(unavailable);
    askAs = "expired";
    expect(await outcome()).to.deep.equal(unavailable);
  });

  it("that was given too little time, or was cancelled, is not that our caller's time is up", async () => {
    for (const reason of ["DEADLINE_EXCEEDED", "CANCELLED"] as const) {
      respond = () => {
        throw appError(reason, "too late");
      };
      const error = await rejection();
      expect([error.code, factsOf(error).reason]).to.deep.equal([Code.Unavailable, "UPSTREAM_UNAVAILABLE"]);
    }
  });

  it("that comes of our caller's own time being up, or of its going, is not held against the upstream", async () => {
    const gone = new AbortController();
    let received = 0;
    const slow = await userServer(() => {
      received += 1;
      return new Promise(() => undefined);
    });
    const inner = slow.client({ token: () => Promise.resolve(askAs), retries: false });
    const between = await userServer((request, call) =>
      inner.getUser(request, call.forward()).catch((e) => {
        throw upstreamError(e, "users");
      }),
    );
    const client = between.client({ retries: false });
    const late = await failureOf(client.getUser({ userId: id }, { timeoutMs: 1_000 }));
    expect(late.code).to.equal(Code.DeadlineExceeded);
    const left = failureOf(client.getUser({ userId: id }, { signal: gone.signal }));
    await eventually(() => expect(received).to.equal(2));
    gone.abort();
    expect((await left).code).to.equal(Code.Canceled);
    const reasons = () => between.logged.flatMap((line) => /"reason":"(\w+)"/.exec(line)?.[1] ?? []);
    await eventually(() => expect(reasons()).to.have.length(2));
    // A caller whose time is up hangs up, and that may be received before our own clock says so.
    expect(reasons()[0]).to.be.oneOf(["DEADLINE_EXCEEDED", "CANCELLED"]);
    expect(reasons()[1]).to.equal("CANCELLED");
    await between.close();
    await slow.close();
  });

  it("that is a defect of its own tells our caller nothing but to try again", async () => {
    respond = () => {
      throw new Error("password=hunter2");
    };
    const error = await rejection();
    expect(factsOf(error)).to.deep.equal({ reason: "UPSTREAM_UNAVAILABLE", metadata: { upstream: "users" } });
    expect(error.rawMessage).to.equal("users cannot be reached, try again");
  });
});
