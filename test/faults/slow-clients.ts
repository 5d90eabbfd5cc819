import { connect as connectHttp2 } from "node:http2";
import { openConnections, overHttp1, secondsSince, untilClosed } from "./connections.ts";
import { getOrder, type FaultSystem, type Target } from "./fault-system.ts";

/** 500 clients send a header a second, without end. */
export async function sendSlowly(gateway: Target): Promise<string> {
  const count = 500;
  const startedAt = performance.now();
  const clients = await openConnections(gateway, { count, ...overHttp1(gateway) }, (socket) => {
    socket.resume().write("GET /orders HTTP/1.1\r\nhost: till\r\n");
    const timer = setInterval(() => socket.write("x-slow: 1\r\n"), 1_000);
    socket.once("close", () => clearInterval(timer));
  });
  await untilClosed(clients.closed, count);
  clients.close();
  return `${clients.closed()} of ${count} slow clients cut off within ${secondsSince(startedAt)} s`;
}

/** 500 clients connect to a gateway with TLS and never begin the handshake. */
export async function leaveOutHandshake(gateway: Target): Promise<string> {
  const count = 500;
  const startedAt = performance.now();
  const clients = await openConnections(gateway, { count }, (socket) => socket.resume());
  await untilClosed(clients.closed, count);
  const text = `${clients.closed()} of ${count} without a handshake within ${secondsSince(startedAt)} s`;
  clients.close();
  return text;
}

/** 200 bodies over HTTP/2 go on by a byte a second, without end. */
export async function leaveBodiesOpen({ secure, token }: FaultSystem): Promise<string> {
  const startedAt = performance.now();
  const sessions = [1, 2].map(() => connectHttp2(secure.url, { rejectUnauthorized: false }));
  let closed = 0;
  for (const session of sessions)
    for (let count = 0; count < 100; count += 1) {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const stream = session.request({ ":method": "POST", ":path": getOrder, ...headers });
      stream.on("error", () => undefined).once("close", () => (closed += 1));
      const timer = setInterval(() => stream.write(" "), 1_000);
      stream.once("close", () => clearInterval(timer));
    }
  await untilClosed(() => closed, 200);
  sessions.forEach((session) => session.destroy());
  return `${closed} of 200 bodies over HTTP/2 within ${secondsSince(startedAt)} s`;
}
