import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { openConnections, overHttp1, untilClosed } from "./connections.ts";
import type { Target } from "./fault-system.ts";

const largeResponse = "/openapi.json";

/** 50 clients ask for 25 MB each and read nothing. */
export async function readNothing(gateway: Target): Promise<string> {
  const count = 50;
  const requests = 400;
  const get = `GET ${largeResponse} HTTP/1.1\r\nhost: till\r\n\r\n`;
  const clients = await openConnections(gateway, { count, ...overHttp1(gateway) }, (socket) =>
    socket.pause().write(get.repeat(requests)),
  );
  await delay(40_000); // longer than a response may be unread
  clients.close();
  return `${count} clients that read nothing of ${requests} responses each`;
}

/** 2,000 streams over HTTP/2 ask for a response each and read nothing. */
export async function readNoStreams({ url }: Target): Promise<string> {
  let closed = 0;
  const sessions = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const session = connectHttp2(url, { rejectUnauthorized: false, settings: { initialWindowSize: 100 } });
      session.on("error", () => undefined);
      await once(session, "connect");
      for (let count = 0; count < 100; count += 1)
        session
          .request({ ":path": largeResponse })
          .on("error", () => undefined)
          .once("close", () => (closed += 1));
      return session;
    }),
  );
  await untilClosed(() => closed, 2_000);
  sessions.forEach((session) => session.destroy());
  return `${closed} of 2000 unread streams cut off`;
}
