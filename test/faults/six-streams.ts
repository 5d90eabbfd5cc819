import { chromium, type Browser } from "playwright-core";
import type { FaultSystem, Target } from "./fault-system.ts";
import type { Verdict } from "./scenario.ts";

/** How long a page waits for an ordinary call. */
const patienceMs = 5_000;

/** A page that watches an order so many times over, and calls meanwhile: over HTTP/1.1 and over HTTP/2. */
export async function sixStreams({ clear, secure, token, orderId }: FaultSystem): Promise<Verdict> {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    const call = (gateway: Target, streams: number) =>
      callBeside(browser, gateway, { token, orderId, streams, patienceMs });
    const overTls = await call(secure, 6);
    const clearFive = await call(clear, 5);
    const clearSix = await call(clear, 6);
    const show = (ms: number | undefined) => (ms === undefined ? "waits" : `${ms.toFixed(0)} ms`);
    return {
      figures: [
        `beside six streams over HTTP/2: ${show(overTls)}`,
        `over HTTP/1.1 beside five: ${show(clearFive)}, beside six: ${show(clearSix)} (a browser's limit)`,
      ],
      problems: [
        ...(overTls === undefined ? ["a call waits beside six streams over HTTP/2"] : []),
        ...(clearFive === undefined ? ["a call waits beside five streams over HTTP/1.1"] : []),
      ],
    };
  } finally {
    await browser.close();
  }
}

type Page = {
  readonly token: string;
  readonly orderId: string;
  readonly streams: number;
  readonly patienceMs: number;
};

/** Returns how long the call took; undefined where it waited for longer than the page does. */
async function callBeside(browser: Browser, { url }: Target, page: Page): Promise<number | undefined> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  try {
    const tab = await context.newPage();
    await tab.goto(`${url}/console/`);
    return await tab.evaluate(async ({ token, orderId, streams, patienceMs }) => {
      const headers = { authorization: `Bearer ${token}` };
      const message = new TextEncoder().encode(JSON.stringify({ orderId }));
      const body = new Uint8Array(5 + message.length);
      new DataView(body.buffer).setUint32(1, message.length);
      body.set(message, 5);
      const watch = async () => {
        const response = await fetch("/till.order.v1.OrderService/WatchOrder", {
          ...{ method: "POST", body },
          headers: { ...headers, "content-type": "application/connect+json" },
        });
        await response.body!.getReader().read();
      };
      await Promise.all(Array.from({ length: streams }, watch));
      const startedAt = performance.now();
      const call = fetch(`/orders/${orderId}`, { headers }).then(() => performance.now() - startedAt);
      const patience = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), patienceMs));
      return Promise.race([call, patience]);
    }, page);
  } finally {
    await context.close();
  }
}
