import { selfSignedCertificate } from "../../services/gateway/test/support/certificate.ts";
import { openOrderCalls } from "../bench/gateway/order-calls.ts";
import { openPostgres } from "../bench/engines.ts";
import { orderOnLocalBus, startGateway, startSandbox, startService } from "../bench/services.ts";

/** One process, as a client reaches it. */
export type Target = { readonly url: string; readonly port: number; readonly pid: number };

/** An order service, and two gateways before it: in the clear, and with TLS. */
export type FaultSystem = AsyncDisposable & {
  readonly order: Target & { readonly metricsUrl: string };
  readonly clear: Target;
  readonly secure: Target;
  /** A token of a service, and an order that it may read. */
  readonly token: string;
  readonly orderId: string;
  /** How long a scenario lasts, where that may be chosen and is. */
  readonly seconds: number | undefined;
};

type Options = { readonly log: (line: string) => void; readonly seconds: number | undefined };

/** Starts the system. */
export async function startFaultSystem({ log, seconds }: Options): Promise<FaultSystem> {
  await using starting = new AsyncDisposableStack();
  const server = starting.use(await openPostgres(log));
  const sandbox = await startSandbox();
  starting.defer(() => sandbox.child.stop());
  const database = "till_faults_gateway";
  const databaseUrl = await server.createDatabase(database);
  const order = await startService({ name: "order", script: orderOnLocalBus, databaseUrl, sandbox });
  starting.defer(() => order.child.stop());
  const { cert, key, remove } = await selfSignedCertificate();
  starting.defer(remove);
  const clear = await startGateway({ sandbox, order });
  starting.defer(() => clear.child.stop());
  const tls = { TILL_GATEWAY_TLS_CERT: cert, TILL_GATEWAY_TLS_KEY: key };
  const secure = await startGateway({ sandbox, order, env: tls });
  starting.defer(() => secure.child.stop());
  const token = await sandbox.token();
  const calls = openOrderCalls("REST", { port: clear.port, token, connections: 1 });
  const orderId = await calls.createOrder();
  await calls.close();
  const running = starting.move();
  return {
    order: {
      url: `grpc://127.0.0.1:${order.port}`,
      port: order.port,
      pid: order.child.pid,
      metricsUrl: order.metricsUrl,
    },
    clear: { url: `http://127.0.0.1:${clear.port}`, port: clear.port, pid: clear.child.pid },
    secure: { url: `https://127.0.0.1:${secure.port}`, port: secure.port, pid: secure.child.pid },
    ...{ token, orderId, seconds },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
