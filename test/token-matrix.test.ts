import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { magicTokens } from "../services/sandbox/src/psp/magic-tokens.ts";
import { agreedEnd, untilAgreed } from "./support/agreement.ts";
import { eventually } from "./support/eventually.ts";
import { startPaymentSystem, type PaymentSystem } from "./support/payment-system.ts";
import { orderToPayWith } from "./support/token-order.ts";
import { moreStories, tokenStories, type Story } from "./support/token-stories.ts";

/** @TODO stories of disputes, late refund failures and dashboard actions, once the payment service follows them. */
const tokensWithStory = [...magicTokens].filter(
  ([, { followUp, refunds }]) => !followUp && refunds !== "succeeded-then-failed",
);

describe("The provider's magic tokens", () => {
  let system: PaymentSystem;
  const stories = new Map<string, Promise<void>>();
  before(async function () {
    this.timeout(60_000);
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    system = await startPaymentSystem({
      env: { TILL_RESOLVE_AFTER_SECONDS: "1", TILL_GIVE_UP_SECONDS: "2", TILL_PSP_TIMEOUT_MS: "10000" },
    });
    // All at once: each waits for the provider most of the time.
    const tell = (name: string, token: string, story: Story) => {
      const telling = tellStory(system, token, story);
      telling.catch(() => undefined); // its test says so
      stories.set(name, telling);
    };
    for (const [token, story] of Object.entries(tokenStories)) tell(token, token, story);
    for (const [name, { token, ...story }] of Object.entries(moreStories)) tell(name, token, story);
  });
  after(function () {
    this.timeout(120_000);
    return system?.stop();
  });

  it("have each a test here and a row in the docs", async () => {
    expect(Object.keys(tokenStories)).to.have.members(tokensWithStory.map(([token]) => token));
    const docs = await readFile(join(import.meta.dirname, "../docs/payment-tokens.md"), "utf8");
    for (const token of magicTokens.keys()) expect(docs).to.include(`| \`${token}\``);
  });

  for (const [token, { description }] of tokensWithStory) {
    it(`${token}: ${description}`, () => stories.get(token)).timeout(120_000);
  }
  for (const name of Object.keys(moreStories)) it(name, () => stories.get(name)).timeout(120_000);
});

async function tellStory(system: PaymentSystem, token: string, { tell, end, webhooks }: Story) {
  const order = await orderToPayWith(system, token);
  await tell(order);
  await untilAgreed(order.parties, order.id, end);
  // Late news is still to come, and must not change anything.
  for (const { id } of await order.payments()) {
    await eventually(
      async () => {
        const { events, delivered } = await order.webhooks(id);
        expect(delivered).to.equal(webhooks ?? events);
      },
      { timeoutMs: 60_000 },
    );
  }
  expect(await agreedEnd(order.parties, order.id)).to.deep.include(end);
}
