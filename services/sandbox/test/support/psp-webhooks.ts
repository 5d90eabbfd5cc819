import { randomUUID } from "node:crypto";
import type { Sandbox } from "../../src/sandbox.ts";
import { manualScheduler, type ManualScheduler } from "./manual-scheduler.ts";
import { get } from "./psp-client.ts";
import { pay, paymentRequest, startTestSandbox } from "./sandbox-client.ts";
import { startReceiver, type Receiver } from "./webhook-receiver.ts";

/** An event as the PSP lists it. */
export type Listed = {
  readonly id: string;
  readonly type: string;
  readonly attempts: number;
  readonly delivered: number;
};

/** The time of the sandbox's clock. */
export const now = Date.UTC(2026, 0, 31, 12);

/** The set-up of tests of webhooks: for each test a sandbox with a receiver and a scheduler of its own. */
export function pspWebhooks() {
  let receiver: Receiver;
  let scheduler: ManualScheduler;
  let sandbox: Sandbox;

  beforeEach(async () => {
    receiver = await startReceiver();
    scheduler = manualScheduler();
    sandbox = await startTestSandbox({ webhook: receiver.webhook, scheduler, now: () => now });
  });

  afterEach(async () => {
    await sandbox.close();
    await receiver.close();
  });

  return {
    receiver: () => receiver,
    scheduler: () => scheduler,
    sandbox: () => sandbox,
    /** A request of a payment that was made. */
    paid: async (changes: Record<string, unknown> = {}) => {
      const request = paymentRequest({ payment_id: randomUUID(), ...changes });
      await pay(sandbox, request);
      return request;
    },
    typesAbout: ({ payment_id }: { payment_id: string }): string[] =>
      receiver.about(payment_id).map(({ event }) => event.type),
    eventsAbout: async (payment_id: string): Promise<Listed[]> =>
      (await get<{ events: Listed[] }>(sandbox, `/events?payment_id=${payment_id}`)).body.events,
    resend: (eventId: string, query: string): Promise<Response> =>
      fetch(`${sandbox.pspUrl}/webhooks/${eventId}/resend?${query}`, { method: "POST" }),
  };
}

export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}
