import { once } from "node:events";
import { createServer } from "node:net";
import { expect } from "chai";
import { Redis } from "ioredis";
import pg from "pg";
import { takesRecords } from "./kafka-ready.ts";
import { startStack } from "./stack.ts";

describe("the stack", function () {
  this.timeout(60_000);
  it("keeps Postgres's port and data while it is stopped and started again", async () => {
    const { postgres, stop } = await startStack({ servers: ["postgres"] });
    const run = async (text: string) => {
      const client = new pg.Client({ connectionString: postgres.url("till_payment") });
      await client.connect();
      return client.query(text).finally(() => client.end());
    };
    try {
      await run("create table kept as select 'kept' as text");
      await postgres.stop();
      expect(await errorMessage(run("select 1"))).to.include("ECONNREFUSED");
      await postgres.start();
      expect((await run("select text from kept")).rows).to.deep.equal([{ text: "kept" }]);
    } finally {
      await stop();
    }
  });

  it("keeps Redis's port and data while it is stopped and started again", async function () {
    if (!process.env["TILL_TEST_REDIS_URL"]) this.skip();
    const { redis, stop } = await startStack({ servers: ["redis"] });
    const client = new Redis(redis.url, { retryStrategy: () => 20 });
    client.on("error", () => {}); // while it is away
    try {
      await client.set("kept", "kept");
      await redis.stop();
      await redis.start();
      expect(await client.get("kept")).to.equal("kept");
    } finally {
      client.disconnect();
      await stop();
    }
  });

  it("takes records again on Kafka's port after a stop and a start", async function () {
    if (!process.env["TILL_TEST_KAFKA_BROKERS"]) this.skip();
    this.timeout(180_000);
    const { kafka, stop } = await startStack({ servers: ["kafka"] });
    try {
      await kafka.stop();
      expect(await errorMessage(takesRecords(kafka.port))).to.include("ECONNREFUSED");
      await kafka.start();
      await takesRecords(kafka.port);
    } finally {
      await stop();
    }
  });

  it("names the port and the server when the port is taken", async function () {
    if (!process.env["TILL_TEST_REDIS_URL"]) this.skip();
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    expect(await errorMessage(startStack({ servers: ["redis"], ports: { redis: port } }))).to.equal(
      `port ${port} on 127.0.0.1 is already taken, Redis cannot listen on it`,
    );
    other.close();
  });
});

async function errorMessage(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "no failure",
    (error: Error) => error.message,
  );
}
