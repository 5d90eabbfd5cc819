import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { PspEvent } from "../../src/psp/events.ts";

export type Received = { readonly signature: string; readonly body: string; readonly event: PspEvent };

/** An HTTP server that records webhooks and returns 200, or what `respondWith` sets. */
export async function startReceiver() {
  const received: Received[] = [];
  let respond = (response: ServerResponse, _count: number): unknown => response.end();
  let wake = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const signature = String(request.headers["psp-signature"]);
      received.push({ signature, body, event: JSON.parse(body) as PspEvent });
      respond(response, received.length);
      wake.resolve();
      wake = Promise.withResolvers();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    webhook: { url: `http://127.0.0.1:${port}/webhooks/sandbox`, secret: "whsec_0123456789abcdef" },
    /** The webhooks of a payment, oldest first. */
    about: (payment_id: string) =>
      received.filter(({ event }) => event.data.payment.payment_id === payment_id),
    /** Waits for a number of webhooks of a payment. */
    async waitFor(payment_id: string, count: number): Promise<Received[]> {
      for (;;) {
        const all = this.about(payment_id);
        if (all.length >= count) return all;
        await wake.promise;
      }
    },
    respondWith(next: (response: ServerResponse, count: number) => unknown) {
      respond = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
