import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A relay between a provider and the endpoint of its webhooks: it can keep webhooks back and deliver them in any order. */
export type WebhookRelay = {
  /** Where the provider posts to. */
  readonly url: string;
  /** From now on webhooks are taken, and kept. */
  hold(): void;
  /** How many are kept. */
  held(): number;
  /** Delivers the kept webhooks in this order, many at a time, and returns the status of each. Later ones pass through. */
  release(inOrder: (count: number) => readonly number[]): Promise<number[]>;
  close(): void;
};

type Webhook = { readonly headers: Record<string, string>; readonly body: Buffer<ArrayBuffer> };

/** Opens a relay to where webhooks are awaited. */
export async function openWebhookRelay(endpoint: string): Promise<WebhookRelay> {
  let kept: Webhook[] | undefined;
  const bring = async ({ headers, body }: Webhook) =>
    (await fetch(endpoint, { method: "POST", headers, body })).status;
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const signature = String(request.headers["psp-signature"]);
      const headers = { "content-type": "application/json", "psp-signature": signature };
      const webhook = { headers, body: Buffer.concat(chunks) };
      kept?.push(webhook);
      response.writeHead(kept ? 200 : await bring(webhook)).end();
    })().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: () => void (kept ??= []),
    held: () => kept?.length ?? 0,
    async release(inOrder) {
      const webhooks = kept ?? [];
      kept = undefined;
      return Promise.all(inOrder(webhooks.length).map((index) => bring(webhooks[index]!)));
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
