import { Code, createClient, type Client } from "@connectrpc/connect";
import { Health } from "@till/gen/grpc/health/v1/health_pb";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { grpcTransport, type GrpcTransport } from "../src/client.ts";
import { foreignHttp2Server, type ForeignHttp2Server } from "./foreign-http2-server.ts";
import { id, userServer } from "./user-server.ts";

const atOnce = 60;
const rounds = 40;

describe("Calls that end before their server ends them", () => {
  let server: ForeignHttp2Server;
  let transport: GrpcTransport;
  let users: Client<typeof UserService>;
  let health: Client<typeof Health>;
  beforeEach(async () => {
    server = await foreignHttp2Server();
    transport = grpcTransport({ address: server.address, retries: false });
    users = createClient(UserService, transport);
    health = createClient(Health, transport);
  });
  afterEach(() => {
    transport.close();
    server.close();
  });

  const bystander = () => users.getUser({ userId: id }, { headers: { bystander: "yes" } });

  /** Each round's calls end early while a bystander's are under way; what they end with is returned. */
  async function endEarly(
    call: (signal: AbortSignal) => Promise<unknown>,
    begun: () => boolean = () => server.open.size >= atOnce,
  ): Promise<Set<Code>> {
    const codes = new Set<Code>();
    const bystanders: Promise<unknown>[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const leave = new AbortController();
      const calls = Array.from({ length: atOnce }, () => failureOf(call(leave.signal)));
      bystanders.push(bystander());
      await eventually(begun);
      leave.abort();
      for (const { code } of await Promise.all(calls)) codes.add(code);
      bystanders.push(bystander());
      await bystanders.at(-1);
    }
    expect(await Promise.all(bystanders)).to.have.length(2 * rounds);
    expect(server.closedConnections()).to.equal(0);
    transport.close();
    await eventually(() => server.open.size === 0);
    return codes;
  }

  it("by their caller's wish cost no other caller a call on the same connection", async () => {
    const codes = await endEarly((signal) => users.getUser({ userId: id }, { signal, timeoutMs: 60_000 }));
    expect([...codes]).to.deep.equal([Code.Canceled]);
  });

  it("and are streams, likewise", async () => {
    const watch = async (signal: AbortSignal) => {
      const responses = health.watch({}, { signal })[Symbol.asyncIterator]();
      while (!(await responses.next()).done);
    };
    expect([...(await endEarly(watch))]).to.deep.equal([Code.Canceled]);
  });

  it("by their deadline, likewise", async () => {
    const codes = await endEarly(
      () => users.getUser({ userId: id }, { timeoutMs: 5 }),
      () => true,
    );
    expect([...codes]).to.deep.equal([Code.DeadlineExceeded]);
  });

  it("by the thousand end at one of Till's own servers, too, and cost no other caller a call there", async () => {
    let waiting = 0;
    const own = await userServer(async (_, call) => {
      if (call.header("bystander")) return { user: { id } };
      waiting += 1;
      await new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve()));
      waiting -= 1;
      throw new Error("the caller has gone");
    });
    const client = own.client({ isOwn: true, retries: false });
    const callsAtOnce = 500;
    for (let round = 0; round < 10; round += 1) {
      const leave = new AbortController();
      const options = { signal: leave.signal, timeoutMs: 60_000 };
      const calls = Array.from({ length: callsAtOnce }, () =>
        failureOf(client.getUser({ userId: id }, options)),
      );
      await eventually(() => waiting >= callsAtOnce);
      leave.abort();
      await Promise.all(calls);
      await client.getUser({ userId: id }, { headers: { bystander: "yes" } });
    }
    await eventually(() => waiting === 0);
    await own.close();
  });
});
