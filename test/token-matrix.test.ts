import { timestampNow } from "@bufbuild/protobuf/wkt";
import { freePort } from "@till/embedded-postgres/free-port";
import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { magicTokens } from "../services/sandbox/src/psp/magic-tokens.ts";
import { agreedEnd, untilAgreed } from "./support/agreement.ts";
import { eventually } from "./support/eventually.ts";
import { startPaymentSystem, type PaymentSystem } from "./support/payment-system.ts";
import { orderToPayWith, type TokenOrder } from "./support/token-order.ts";
import type { Story } from "./support/token-stories/story.ts";
import { moreStories, tokenStories } from "./support/token-stories/token-stories.ts";

const patient = {
  TILL_RESOLVE_AFTER_SECONDS: "1",
  TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "2",
  TILL_GIVE_UP_SECONDS: "2",
  TILL_PSP_TIMEOUT_MS: "10000",
};

describe("The provider's magic tokens", () => {
  let system: PaymentSystem;
  const stories = new Map<string, Promise<void>>();
  before(async function () {
    this.timeout(60_000);
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    system = await startPaymentSystem({ env: patient });
    // All at once: each waits for the provider most of the time.
    const tell = (name: string, token: string, story: Story) => {
      const telling = tellStory(system, token, story).then((order) => untilDelivered(order, story));
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
    expect(Object.keys(tokenStories)).to.have.members([...magicTokens.keys()]);
    const docs = await readFile(join(import.meta.dirname, "../docs/payment-tokens.md"), "utf8");
    for (const token of magicTokens.keys()) expect(docs).to.include(`| \`${token}\``);
  });

  for (const [token, { description }] of magicTokens) {
    it(`${token}: ${description}`, () => stories.get(token)).timeout(120_000);
  }
  for (const name of Object.keys(moreStories)) it(name, () => stories.get(name)).timeout(120_000);
});

/** What the cardholder's bank or an employee in the provider's dashboard does reaches Till by webhooks, else by this alone. */
describe("The provider's magic tokens without webhooks, by reconciliation", () => {
  let system: PaymentSystem;
  let reconciling: Promise<void> | undefined;
  let isOver = false;
  const startedAt = timestampNow();
  before(async function () {
    this.timeout(60_000);
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    // Nothing listens there.
    system = await startPaymentSystem({
      env: patient,
      webhooksVia: async () => `http://127.0.0.1:${await freePort()}/`,
    });
    reconciling = reconcileAlways();
  });
  after(async function () {
    this.timeout(120_000);
    isOver = true;
    await reconciling;
    await system?.stop();
  });

  async function reconcileAlways(): Promise<void> {
    const admin = system.paymentsAs(undefined, "admin");
    while (!isOver) {
      const { reconciliation } = await admin.startReconciliation({
        createdAfter: startedAt,
        createdBefore: timestampNow(),
        repair: true,
        idempotencyKey: system.newKey(),
      });
      await eventually(async () => {
        const run = await admin.getReconciliation({ reconciliationId: reconciliation!.id });
        expect(run.reconciliation!.finishedAt).to.not.equal(undefined);
      });
    }
  }

  const followed = [...magicTokens].filter(
    ([, { followUp, refunds }]) => followUp ?? refunds === "succeeded-then-failed",
  );
  for (const [token, { description }] of followed) {
    it(`${token}: ${description}`, () => tellStory(system, token, tokenStories[token]!)).timeout(120_000);
  }
});

/** Tells a story to its end; returns its order. */
async function tellStory(system: PaymentSystem, token: string, { tell, end }: Story): Promise<TokenOrder> {
  const order = await orderToPayWith(system, token);
  await tell(order);
  if (end) await untilAgreed(order.parties, order.id, end);
  return order;
}

/** Late news may still come when a story has ended, and must not change anything. */
async function untilDelivered(order: TokenOrder, { end, webhooks }: Story): Promise<void> {
  if (!end) return;
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
