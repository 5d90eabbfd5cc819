import { Code, createClient, type Client } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@till/gen/grpc/health/v1/health_pb";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { createMetrics, createReadiness } from "@till/telemetry";
import { expect } from "chai";
import { connect, constants } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf, failureOf, rejectionOf } from "../../../test/support/failure-of.ts";
import { grpcTransport } from "../src/client.ts";
import { allow, allowCommand, implement } from "../src/server.ts";
import { message, request, statusOf } from "./limited-servers.ts";
import { id, userServer, type UserServer } from "./user-server.ts";

describe("Commands", () => {
  const metrics = createMetrics({ service: "test" });
  let work = (_: AbortSignal): Promise<unknown> => Promise.resolve();
  let begun = 0;
  let server: UserServer;
  let client: Client<typeof UserService>;

  const services = [
    implement(UserService, {
      getUser: allowCommand(["user"], async ({ userId }, { signal }) => {
        begun += 1;
        await work(signal);
        return { user: { id: userId } };
      }),
      batchGetUsers: allow(["user"], () => Promise.resolve({})),
    }),
  ];

  before(async () => {
    const limits = { commands: 2, queuedCommands: 3, stuckCommandsMs: 500 };
    const readiness = createReadiness();
    server = await userServer(() => Promise.resolve({}), {
      ...{ services, limits, readiness, metrics },
      trustedProxies: ["127.0.0.1"],
    });
    client = server.client();
  });
  after(() => server.close());
  beforeEach(() => (begun = 0));

  const command = (timeoutMs = 30_000, signal?: AbortSignal) =>
    client.getUser({ userId: id }, { timeoutMs, ...(signal && { signal }) });
  const commands = async (state: string, of = metrics) => {
    const { values } = await of.getSingleMetric("grpc_server_commands")!.get();
    return values.find(({ labels }) => labels.state === state)!.value;
  };
  const untilQueued = (count: number) => eventually(async () => (await commands("queued")) === count);

  it("beyond those that may wait are OVERLOADED, with a time to retry after; the others are carried out", async () => {
    const held = Promise.withResolvers<void>();
    work = () => held.promise;
    const accepted = Array.from({ length: 5 }, () => command());
    await untilQueued(3);
    expect(begun).to.equal(2);
    const error = await failureOf(command());
    expect([error.code, factsOf(error).reason]).to.deep.equal([Code.ResourceExhausted, "OVERLOADED"]);
    const [retry] = error.findDetails(RetryInfoSchema);
    expect(durationMs(retry!.retryDelay!)).to.be.within(500, 5_000);
    await client.batchGetUsers({ userIds: [id] });
    held.resolve();
    for (const { user } of await Promise.all(accepted)) expect(user?.id).to.equal(id);
    expect([begun, await commands("running"), await commands("queued")]).to.deep.equal([5, 0, 0]);
    await command();
  });

  it("that are rejected: their metadata is enough, no message is read", async () => {
    const held = Promise.withResolvers<void>();
    work = () => held.promise;
    const accepted = Array.from({ length: 5 }, () => command());
    await untilQueued(3);
    const session = connect(`http://${server.address}`);
    const unread = [request(session, "GetUser"), request(session, "GetUser")];
    expect(await Promise.all(unread.map(statusOf))).to.deep.equal(["8 OVERLOADED", "8 OVERLOADED"]);
    // What the client does with such a call from then on concerns no other one.
    unread[0]!.end(message(100));
    unread[1]!.close(constants.NGHTTP2_CANCEL);
    const query = request(session, "BatchGetUsers");
    query.end(message(0));
    expect(await statusOf(query)).to.equal(undefined);
    await eventually(() => server.logged.some((line) => line.includes("rejected unread")));
    held.resolve();
    await Promise.all(accepted);
    const admitted = request(session, "GetUser");
    admitted.end(message(0));
    expect(await statusOf(admitted)).to.equal(undefined);
    session.close();
  });

  it("of an address with fewer of them than another wait in the place of its newest, unread or not", async () => {
    const held = Promise.withResolvers<void>();
    work = () => held.promise;
    const from = (address: string) =>
      client.getUser({ userId: id }, { timeoutMs: 30_000, headers: { "x-forwarded-for": address } });
    const crowd = Array.from({ length: 5 }, () => from("192.0.2.1"));
    await untilQueued(3);
    const other = from("192.0.2.2");
    expect((await rejectionOf(Promise.race(crowd))).reason).to.equal("OVERLOADED");
    expect((await rejectionOf(from("192.0.2.1"))).reason).to.equal("OVERLOADED");
    await untilQueued(3);
    held.resolve();
    expect((await other).user?.id).to.equal(id);
    const results = await Promise.allSettled(crowd);
    expect(results.filter(({ status }) => status === "fulfilled")).to.have.length(4);
  });

  it("that would not end within their deadline are OVERLOADED before it, although others may wait", async () => {
    work = () => delay(400);
    const busy = new AbortController();
    const callers = Array.from({ length: 4 }, async () => {
      while (!busy.signal.aborted) await command();
    });
    await untilQueued(2);
    await eventually(async () => (await rejectionOf(command(300))).reason === "OVERLOADED");
    await untilQueued(2);
    busy.abort();
    await Promise.all(callers);
  });

  it("that wait while none ends for more than a second are carried out when others end", async () => {
    const held = Promise.withResolvers<void>();
    work = () => held.promise;
    const accepted = Array.from({ length: 3 }, () => command());
    await untilQueued(1);
    await delay(1_100);
    accepted.push(command());
    await untilQueued(2);
    held.resolve();
    for (const { user } of await Promise.all(accepted)) expect(user?.id).to.equal(id);
  });

  it("whose caller has gone while they waited are not carried out", async () => {
    const held = Promise.withResolvers<void>();
    work = () => held.promise;
    const running = [command(), command()];
    await eventually(() => begun === 2);
    const gone = new AbortController();
    const given = rejectionOf(command(30_000, gone.signal));
    const last = command();
    await untilQueued(2);
    gone.abort();
    expect((await given).code).to.equal(Code.Canceled);
    await client.batchGetUsers({ userIds: [id] }); // the server has read the cancellation, too
    held.resolve();
    await Promise.all([...running, last]);
    expect(begun).to.equal(3);
  });

  it("of which none ends while others wait: the server is NOT_SERVING until one does", async () => {
    const transport = grpcTransport({ address: server.address });
    const health = createClient(Health, transport);
    const untilHealth = (status: Status) =>
      eventually(async () => expect((await health.check({})).status).to.equal(status));
    const held = Promise.withResolvers<void>();
    work = () => held.promise;
    const accepted = Array.from({ length: 3 }, () => command());
    await untilQueued(1);
    await untilHealth(Status.NOT_SERVING);
    held.resolve();
    await Promise.all(accepted);
    await untilHealth(Status.SERVING);
    transport.close();
  });

  it("are fewer at a time after the event loop was busy, and more again while it is not", async () => {
    const metricsOfOther = createMetrics({ service: "test" });
    const other = await userServer(() => Promise.resolve({}), { services, metrics: metricsOfOther });
    const { getUser } = other.client();
    const held = Promise.withResolvers<void>();
    work = () => held.promise;
    const getHeld = () => getUser({ userId: id }, { timeoutMs: 60_000 });
    const first = getHeld();
    await eventually(() => begun === 1);
    let turns = 0;
    const busy = setInterval(() => {
      const until = performance.now() + 60;
      while (performance.now() < until);
      turns += 1;
    }, 70);
    await eventually(() => turns > 3);
    const accepted = [first, ...Array.from({ length: 99 }, getHeld)];
    await eventually(() => begun > 1);
    await eventually(async () => begun + (await commands("queued", metricsOfOther)) === 100);
    expect(begun).to.be.lessThan(100);
    clearInterval(busy);
    await eventually(() => begun === 100);
    held.resolve();
    await Promise.all(accepted);
    await other.close();
  });
});
