import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import type { Sandbox } from "../src/sandbox.ts";
import { startTestSandbox } from "./support/sandbox-client.ts";
import {
  connectTo,
  countsOf,
  freshProduct,
  errorOf,
  reservation,
  restock,
  type Upstreams,
} from "./support/upstream-client.ts";

describe("reservations", () => {
  let sandbox: Sandbox;
  let service: Upstreams;
  let inventory: Upstreams["inventory"];
  let skippedMs = 0;
  const now = () => Date.now() + skippedMs;

  before(async () => {
    sandbox = await startTestSandbox({ now });
    service = await connectTo(sandbox);
    inventory = service.inventory;
  });

  after(async () => {
    service.close();
    await sandbox.close();
  });

  /** A reservation of a product, timed by the sandbox's clock. */
  function some(quantity: number, productId: string, forMs = 3_600_000) {
    return reservation({ lines: [{ productId, quantity }], expiresAt: now() + forMs });
  }

  async function reserved(request: ReturnType<typeof reservation>) {
    await inventory.reserve(request);
    return request;
  }

  it("Commit of an order without a reservation is RESERVATION_NOT_FOUND", async () => {
    const { reason } = await errorOf(inventory.commit({ orderId: reservation().orderId }));
    expect(reason).to.equal("RESERVATION_NOT_FOUND");
  });

  describe("Release", () => {
    it("of an order without a reservation makes a later Reserve fail", async () => {
      const request = some(1, freshProduct());
      await inventory.release({ orderId: request.orderId });
      await inventory.release({ orderId: request.orderId.toUpperCase() });
      for (const late of [inventory.reserve(request), inventory.commit({ orderId: request.orderId })]) {
        expect((await errorOf(late)).reason).to.equal("RESERVATION_RELEASED");
      }
    });

    it("releases once in a race of 200 releases and 200 commits", async () => {
      const product = freshProduct();
      const { orderId } = await reserved(some(9, product));
      const calls = Array.from({ length: 200 }, () => [
        inventory.commit({ orderId }).catch(reasonOf),
        inventory.release({ orderId }),
      ]);
      await Promise.all(calls.flat());
      expect(await countsOf(sandbox, product)).to.eql([1_000_000, 0, 0]);
    });
  });

  describe("in any order of calls", () => {
    type State = "reserved" | "committed" | "released";
    const actions = ["commit", "release", "expire"] as const;
    /** The state after each action, by the state before it; released is final. */
    const next: Record<State, Record<(typeof actions)[number], State>> = {
      reserved: { commit: "committed", release: "released", expire: "released" },
      committed: { commit: "committed", release: "released", expire: "committed" },
      released: { commit: "released", release: "released", expire: "released" },
    };
    const counts = { reserved: [6, 4, 0], committed: [6, 0, 4], released: [10, 0, 0] };
    const pairs = actions.flatMap((one) => actions.map((two) => [one, two]));

    for (const [first, second] of pairs) {
      it(`counts right after ${first}, ${second} and a third call`, async () => {
        for (const third of actions) await play([first!, second!, third]);
      });
    }

    async function play(story: readonly (typeof actions)[number][]) {
      const product = freshProduct();
      await restock(sandbox, product, { available: 10 });
      const request = await reserved(some(4, product));
      const { orderId } = request;
      let state: State = "reserved";
      for (const action of story) {
        const isRejected = action === "commit" && state === "released";
        state = next[state][action];
        if (action === "expire") skippedMs += 3_600_000;
        else {
          const result = await inventory[action]({ orderId }).then(() => "OK", reasonOf);
          expect(result, story.join()).to.equal(isRejected ? "RESERVATION_RELEASED" : "OK");
        }
        expect(await countsOf(sandbox, product), story.join()).to.eql(counts[state]);
        const repeat = await inventory.reserve(request).then(() => "OK", reasonOf);
        expect(repeat, story.join()).to.equal(state === "released" ? "RESERVATION_RELEASED" : "OK");
      }
    }
  });

  it("make their stock available at the moment they expire", async () => {
    const product = freshProduct();
    await restock(sandbox, product, { available: 1 });
    await reserved(some(1, product, 60_000));
    const soon = some(1, product);
    expect((await errorOf(inventory.reserve(soon))).reason).to.equal("OUT_OF_STOCK");
    skippedMs += 60_000;
    await inventory.reserve(soon);
    expect(await countsOf(sandbox, product)).to.eql([0, 1, 0]);
  });
});
