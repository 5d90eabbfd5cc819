import { expect } from "chai";
import { newCourse } from "../../../test/support/fixtures.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { startReceiver, verify } from "../../../services/webhook/test/support/receiver.ts";
import { all } from "./support/client-system.ts";
import { startLaptop, type Laptop, type TillProcess } from "./support/laptop.ts";

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

describe("till listen, on a laptop where npm start runs", function () {
  this.timeout(60_000);
  let laptop: Laptop;
  let receiver: Receiver;
  before(async () => (laptop = await startLaptop()));
  after(() => laptop?.stop());
  beforeEach(async () => (receiver = await startReceiver()));
  afterEach(() => receiver.close());

  /** Starts listening, and waits until events are forwarded. */
  async function listening(...options: string[]): Promise<TillProcess> {
    const started = laptop.till([
      "listen",
      "--forward",
      receiver.url,
      "--sandbox",
      laptop.sandbox,
      ...options,
    ]);
    await eventually(() => expect(started.printed.out, started.printed.err).to.contain("whsec_"));
    return started;
  }

  const secretIn = ({ printed }: TillProcess) => /^Signing secret: (\S+)$/m.exec(printed.out)![1]!;
  const endpoints = () => all(laptop.as("till-listen", "service").webhooks.endpoints.list());

  async function createOrder(): Promise<string> {
    return (await laptop.as().orders.create({ items: [{ courseId: newCourse() }] })).id;
  }

  it("forwards a bought order's events, in order and signed with the secret it printed, until Ctrl-C", async () => {
    const started = await listening();
    const till = laptop.as();
    const { id: orderId, total: amount } = await till.orders.create({ items: [{ courseId: newCourse() }] });
    await till.payments.process({ orderId, amount, paymentToken: "tok_approve" });
    const types = () => receiver.about(orderId).map(({ payload }) => payload.type);
    await eventually(() => expect(types()).to.include("order.confirmed").and.include("payment.processed"));
    expect(types()[0]).to.equal("order.created");
    for (const webhook of receiver.received) verify(secretIn(started), webhook);
    expect(started.printed.out).to.match(new RegExp(`Z {2}order\\.created +${orderId} {2}200 in \\d+ ms\n`));

    expect(await started.interrupt()).to.equal(0);
    expect(started.printed.out).to.match(/\nstopped: \d+ delivered, 0 not delivered\n$/);
    expect(started.printed.err).to.equal("");
    expect(await endpoints()).to.deep.equal([]);
    const again = laptop.till(["listen", "--print-secret"]);
    expect(await again.exited).to.equal(0);
    expect(again.printed.out).to.equal(`${secretIn(started)}\n`);
  });

  it("tries again what the target does not take, each try signed anew, and the order's next event after it", async () => {
    const started = await listening("--events", "order.*", "--json");
    const lines = () =>
      started.printed.out
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const { secret } = lines()[0] as { secret: string };
    await receiver.down();
    const orderId = await createOrder();
    await eventually(() =>
      expect(lines()).to.deep.include.members([
        { ...lines()[1], kind: "delivery", status: "RETRYING", error: "ECONNREFUSED", tries: 1 },
      ]),
    );
    let isFirst = true;
    receiver.respondWith((response) => {
      response.statusCode = isFirst ? 503 : 204;
      isFirst = false;
      response.end();
    });
    await receiver.up();
    await laptop.as("ops", "admin").orders.cancel(orderId);
    const types = () => receiver.about(orderId).map(({ payload }) => payload.type);
    await eventually(() =>
      expect(types().slice(0, 3)).to.deep.equal(["order.created", "order.created", "order.cancelled"]),
    );
    const [first, second] = receiver.received;
    expect(first!.id).to.equal(second!.id);
    for (const webhook of receiver.received) verify(secret, webhook);
    const tries = lines().filter(({ type }) => type === "order.created");
    expect(tries.map(({ statusCode, error, status }) => [statusCode ?? error, status])).to.deep.equal([
      ...tries.slice(0, -2).map(() => ["ECONNREFUSED", "RETRYING"]),
      [503, "RETRYING"],
      [204, "DELIVERED"],
    ]);
    expect(await started.interrupt("SIGTERM")).to.equal(0);
  });

  it("takes nothing that Till has not signed", async () => {
    const started = await listening();
    const [{ url } = { url: "" }] = await endpoints();
    const post = async (to: string) => (await fetch(to, { method: "POST", body: "{}" })).status;
    expect(await post(url)).to.equal(400);
    expect(await post(new URL("/", url).href)).to.equal(404);
    const orderId = await createOrder();
    await eventually(() => expect(receiver.about(orderId)).to.have.lengthOf(1));
    expect(receiver.received.every(({ payload }) => payload.data?.orderId === orderId)).to.equal(true);
    await started.interrupt();
  });

  it("deletes the endpoint that a killed one has left, and no one else's", async () => {
    const killed = await listening();
    await killed.interrupt("SIGKILL");
    const [left] = await endpoints();
    const { id: own } = await laptop
      .as("till-listen", "service")
      .webhooks.endpoints.create({ url: receiver.url, eventTypes: ["*"], description: "of a shop" });
    const started = await listening();
    const ids = (await endpoints()).map(({ id }) => id);
    expect(ids).to.include(own).and.not.include(left!.id);
    expect(ids).to.have.lengthOf(2);
    await started.interrupt();
    expect((await endpoints()).map(({ id }) => id)).to.deep.equal([own]);
  });

  it("says what is wrong and what to do, and ends", async () => {
    const ended = async (...args: string[]) => {
      const { printed, exited } = laptop.till(["listen", ...args]);
      return { exitCode: await exited, ...printed };
    };
    const sandbox = ["--sandbox", laptop.sandbox];
    expect(await ended()).to.deep.equal({
      exitCode: 2,
      out: "",
      err: "till: say where to forward to: --forward localhost:3000/hook\n",
    });
    const rejected = await ended(
      "--forward",
      "localhost:1",
      "--public-url",
      "ftp://shop.example",
      ...sandbox,
    );
    expect(rejected).to.include({ exitCode: 1, out: "" });
    expect(rejected.err).to.match(
      /^till: WEBHOOK_URL_REJECTED: .*\n[^]* {2}request +\S+\nTill posts to https/,
    );
    const port = new URL(receiver.url).port;
    const taken = await ended("--forward", "localhost:1", "--port", port, ...sandbox);
    expect(taken).to.deep.include({
      exitCode: 2,
      err: `till: cannot listen on 127.0.0.1:${port}: EADDRINUSE\n`,
    });
    const asUser = await ended("--forward", "localhost:1", "--token", "none");
    expect(asUser.err).to.contain("UNAUTHENTICATED").and.to.contain("till login");
  });
});
