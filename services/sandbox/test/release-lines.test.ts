import { expect } from "chai";
import { randomUUID } from "node:crypto";
import type { Sandbox } from "../src/sandbox.ts";
import { startTestSandbox } from "./support/sandbox-client.ts";
import {
  connectTo,
  countsOf,
  errorOf,
  freshProduct,
  reservation,
  type Upstreams,
} from "./support/upstream-client.ts";

describe("ReleaseLines", () => {
  let sandbox: Sandbox;
  let upstreams: Upstreams;
  let [book, pen] = ["", ""];
  let orderId = "";

  before(async () => {
    sandbox = await startTestSandbox();
    upstreams = await connectTo(sandbox);
  });
  beforeEach(async () => {
    [book, pen, orderId] = [freshProduct(), freshProduct(), randomUUID()];
    const lines = [
      { productId: book, quantity: 3 },
      { productId: pen, quantity: 1 },
    ];
    await upstreams.inventory.reserve(reservation({ orderId, lines }));
  });
  after(async () => {
    upstreams.close();
    await sandbox.close();
  });

  const release = (productId: string, quantity: number, releaseId: string = randomUUID()) =>
    upstreams.inventory.releaseLines({ orderId, releaseId, lines: [{ productId, quantity }] });

  it("releases part of a committed order once per release id, and Release the rest", async () => {
    await upstreams.inventory.commit({ orderId });
    await release(book, 2, "refund-1");
    await release(book, 2, "refund-1");
    expect(await countsOf(sandbox, book)).to.eql([999_999, 0, 1]);
    await release(pen, 1);
    await upstreams.inventory.release({ orderId });
    expect(await countsOf(sandbox, book)).to.eql([1_000_000, 0, 0]);
    expect(await countsOf(sandbox, pen)).to.eql([1_000_000, 0, 0]);
    await release(book, 1);
    expect(await countsOf(sandbox, book)).to.eql([1_000_000, 0, 0]);
  });

  it("releases part of a reserved order", async () => {
    await release(book, 1);
    expect(await countsOf(sandbox, book)).to.eql([999_998, 2, 0]);
    await upstreams.inventory.commit({ orderId });
    expect(await countsOf(sandbox, book)).to.eql([999_998, 0, 2]);
  });

  it("rejects more than the order has, and an order without a reservation", async () => {
    expect((await errorOf(release(book, 4))).reason).to.equal("RELEASE_EXCEEDS_RESERVATION");
    expect(await countsOf(sandbox, book)).to.eql([999_997, 3, 0]);
    orderId = randomUUID();
    expect((await errorOf(release(book, 1))).reason).to.equal("RESERVATION_NOT_FOUND");
  });
});
