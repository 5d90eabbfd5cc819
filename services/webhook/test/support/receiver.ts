import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

export type ReceivedWebhook = {
  readonly id: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly payload: { type: string; timestamp: string; data: { orderId: string } };
};

/** An HTTP server that keeps webhooks and responds 200, or what `respondWith` sets. */
export async function startReceiver() {
  const received: ReceivedWebhook[] = [];
  let respond = (response: ServerResponse, _webhook: ReceivedWebhook): unknown => response.end();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const payload = JSON.parse(body) as ReceivedWebhook["payload"];
      const webhook = { id: headers["webhook-id"] ?? "", headers, body, payload };
      received.push(webhook);
      respond(response, webhook);
    });
  });
  let { port } = await listen(0);

  async function listen(on: number) {
    await once(server.listen(on, "127.0.0.1"), "listening");
    return server.address() as AddressInfo;
  }

  async function close() {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }

  return {
    url: `http://127.0.0.1:${port}/webhooks`,
    received,
    /** Those about an order, in the order in which they came. */
    about: (orderId: string) => received.filter(({ payload }) => payload.data.orderId === orderId),
    respondWith(next: typeof respond) {
      respond = next;
    },
    down: close,
    async up() {
      ({ port } = await listen(port));
    },
    async close() {
      if (server.listening) await close();
    },
  };
}

/** Verifies a webhook by the published library; throws if the signature is not of this secret. */
export function verify(secret: string, { body, headers }: ReceivedWebhook): void {
  new Webhook(secret).verify(body, headers);
}
