import { selfSignedCertificate } from "../../services/gateway/test/support/certificate.ts";
import { openOrderCalls } from "../bench/gateway/order-calls.ts";
import { openPostgres } from "../bench/engines.ts";
import {
  orderOnLocalBus,
  startGateway,
  startSandbox,
  startService,
  type Service,
} from "../bench/services.ts";

/** One process, as a client reaches it. */
export type Target = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly metricsUrl: string;
};

/** The RPC that an attack calls: it reads an order. */
export const getOrder = "/till.order.v1.OrderService/GetOrder";

/** Two order services, and two gateways before the first: in the clear, and with TLS. */
export type FaultSystem = AsyncDisposable & {
  readonly order: Target;
  readonly bystander: Target;
  /** Postgres's first process, when the server runs on this machine. */
  readonly postmaster: number | undefined;
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
  const startOrder = async (name: string) => {
    const order = await startService({ name, script: orderOnLocalBus, databaseUrl, sandbox });
    starting.defer(() => order.child.stop());
    return order;
  };
  const [order, bystander] = [await startOrder("order"), await startOrder("bystander")];
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
    order: targetOf("grpc", order),
    bystander: targetOf("grpc", bystander),
    clear: targetOf("http", clear),
    secure: targetOf("https", secure),
    postmaster: server.postmaster,
    ...{ token, orderId, seconds },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function targetOf(scheme: string, { port, metricsUrl, child }: Service): Target {
  return { url: `${scheme}://127.0.0.1:${port}`, port, metricsUrl, pid: child.pid };
}
