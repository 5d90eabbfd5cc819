import { Code, ConnectError, createClient, type Client } from "@connectrpc/connect";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { grpcTransport, type GrpcTransport } from "@till/rpc/client";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import type { Sandbox } from "../src/sandbox.ts";
import { startTestSandbox, tokenOf } from "./support/sandbox-client.ts";

const ada = "018f0000-0000-7000-8000-0000000000a1";
const inactive = "018f0000-0000-7000-8000-0000000000a9";
const anyUser = "018f0000-0000-7000-9abc-00000000002a";
const course = "018f0000-0000-7000-8000-0000000000c1";
const soldOut = "018f0000-0000-7000-8000-0000000000c9";
const anyCourse = "018f0000-0000-7000-a000-0000000000ff";
const unknownId = "018f0000-0000-7000-b000-000000000001";

describe("UserService and CourseService", () => {
  let sandbox: Sandbox;
  let transport: GrpcTransport;
  let users: Client<typeof UserService>;
  let courses: Client<typeof CourseService>;

  before(async () => {
    sandbox = await startTestSandbox();
    transport = as("role=service&user=order-service");
    users = createClient(UserService, transport);
    courses = createClient(CourseService, transport);
  });

  after(async () => {
    transport.close();
    await sandbox.close();
  });

  function as(query: string): GrpcTransport {
    return grpcTransport({ address: `127.0.0.1:${sandbox.grpcPort}`, token: () => tokenOf(sandbox, query) });
  }

  async function failureOf(call: Promise<unknown>) {
    const error = await call.then(
      () => expect.fail("the call succeeded"),
      (cause: unknown) => ConnectError.from(cause),
    );
    return { code: error.code, reason: reasonOf(error) };
  }

  it("has Ada as an active user", async () => {
    const { user } = await users.getUser({ userId: ada });
    expect(user).to.include({ id: ada, active: true, displayName: "Ada Okafor" });
  });

  it("has an inactive user", async () => {
    expect((await users.getUser({ userId: inactive })).user?.active).to.equal(false);
  });

  it("has an active user for any id with the load prefix, in upper case too", async () => {
    const { user } = await users.getUser({ userId: anyUser.toUpperCase() });
    expect(user).to.include({ id: anyUser, active: true });
  });

  it("returns NOT_FOUND for an unknown user and an unknown course", async () => {
    const user = await failureOf(users.getUser({ userId: unknownId }));
    expect(user).to.eql({ code: Code.NotFound, reason: "USER_NOT_FOUND" });
    const unknown = await failureOf(courses.getCourse({ courseId: ada }));
    expect(unknown).to.eql({ code: Code.NotFound, reason: "COURSE_NOT_FOUND" });
  });

  it("leaves unknown users out of a batch and returns a repeated id once", async () => {
    const batch = await users.batchGetUsers({ userIds: [ada, unknownId, ada.toUpperCase(), anyUser] });
    expect(batch.users.map(({ id }) => id)).to.have.members([ada, anyUser]);
  });

  it("has courses with prices", async () => {
    const batch = await courses.batchGetCourses({
      courseIds: [course, soldOut, anyCourse.toUpperCase(), unknownId],
    });
    const offers = batch.courses.map(({ id, price, onSale }) => [
      id,
      price?.currencyCode,
      price?.units,
      onSale,
    ]);
    expect(offers).to.have.deep.members([
      [course, "EUR", 49n, true],
      [soldOut, "EUR", 29n, false],
      [anyCourse, "EUR", 10n, true],
    ]);
    const { price } = (await courses.getCourse({ courseId: "018f0000-0000-7000-8000-0000000000c2" })).course!;
    expect([price?.units, price?.nanos]).to.eql([19n, 900_000_000]);
  });

  it("rejects an invalid id, and a batch of 501", async () => {
    const invalid = { code: Code.InvalidArgument, reason: "INVALID_ARGUMENT" };
    expect(await failureOf(users.getUser({ userId: "ada\0" }))).to.eql(invalid);
    const tooMany = Array.from({ length: 501 }, () => ada);
    expect(await failureOf(users.batchGetUsers({ userIds: tooMany }))).to.eql(invalid);
  });

  it("is allowed to services and admins only: others are PERMISSION_DENIED or UNAUTHENTICATED", async () => {
    const results = new Map<string, string | undefined>();
    for (const [who, query] of [
      ["user", `user=${ada}`],
      ["admin", "user=ops&role=admin"],
      ["expired", "user=ops&role=admin&ttl=-60"],
    ] as const) {
      const other = as(query);
      const call = createClient(UserService, other).getUser({ userId: ada });
      results.set(who, await call.then(() => "OK", reasonOf));
      other.close();
    }
    const foreign = grpcTransport({
      address: `127.0.0.1:${sandbox.grpcPort}`,
      token: async () => foreignToken(),
    });
    const call = createClient(UserService, foreign).getUser({ userId: ada });
    results.set("foreign", await call.then(() => "OK", reasonOf));
    foreign.close();
    expect([...results]).to.eql([
      ["user", "PERMISSION_DENIED"],
      ["admin", "OK"],
      ["expired", "UNAUTHENTICATED"],
      ["foreign", "UNAUTHENTICATED"],
    ]);
  });

  /** A token with valid claims, signed by another sandbox's key. */
  async function foreignToken(): Promise<string> {
    const other = await startTestSandbox();
    const token = await tokenOf(other, "user=ops&role=admin");
    await other.close();
    return token;
  }
});
