import { freePort } from "../../packages/embedded-postgres/src/free-port.ts";
import { startChild, whenListening, whenServing, type Child } from "./child.ts";
import { readCounters, type Counters } from "./counters.ts";

const serviceUser = "018f0000-0000-7000-8000-0000000000f2";

/** The stand-ins for users, courses and identity, in a process of their own. */
export type Sandbox = {
  readonly child: Child;
  readonly grpcPort: number;
  readonly httpUrl: string;
  /** A token of a service, which may order for any user. */
  token(): Promise<string>;
};

export async function startSandbox(env: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
  const [grpcPort, httpPort] = [await freePort(), await freePort()];
  const child = startChild({
    name: "sandbox",
    script: "services/sandbox/src/main.ts",
    env: {
      TILL_SANDBOX_PORT: `${grpcPort}`,
      TILL_SANDBOX_HTTP_PORT: `${httpPort}`,
      TILL_SANDBOX_LOAD: "on",
      ...env,
    },
  });
  const httpUrl = `http://127.0.0.1:${httpPort}`;
  const tokenUrl = `${httpUrl}/token?role=service&user=${serviceUser}&ttl=3600`;
  await whenServing(child, tokenUrl);
  return { child, grpcPort, httpUrl, token: async () => (await fetch(tokenUrl)).text() };
}

/** As `npm run order` and `npm run gateway` have it. */
const nodeOptions = ["--max-semi-space-size=64"];

export type Service = {
  readonly child: Child;
  readonly port: number;
  readonly metricsUrl: string;
  /** What it has sent to Postgres and Kafka. */
  sent(): Promise<Counters>;
};

export type ServiceOptions = {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  readonly databaseUrl: string;
  readonly sandbox: Sandbox;
  readonly env?: Readonly<Record<string, string>>;
  readonly profileFolder?: string | undefined;
};

/** A service that takes CreateOrder, configured by environment alone, as `npm run order` is. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, script, args = [], databaseUrl, sandbox, env = {}, profileFolder } = options;
  const [port, metricsPort] = [await freePort(), await freePort()];
  const upstream = `127.0.0.1:${sandbox.grpcPort}`;
  const child = startChild({
    name,
    script,
    args,
    nodeOptions,
    profileFolder,
    env: {
      DATABASE_URL: databaseUrl,
      TILL_PORT: `${port}`,
      TILL_METRICS_PORT: `${metricsPort}`,
      TILL_JWKS_URL: `${sandbox.httpUrl}/.well-known/jwks.json`,
      TILL_SERVICE_TOKEN_URL: `${sandbox.httpUrl}/token?role=service&user=018f0000-0000-7000-8000-0000000000f1`,
      TILL_USERS_ADDRESS: upstream,
      TILL_COURSES_ADDRESS: upstream,
      // A load has fewer users than a platform; each has more unpaid orders at a time.
      TILL_MAX_UNPAID_ORDERS: "1000",
      ...env,
    },
  });
  const metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  await whenServing(child, metricsUrl);
  await whenListening(child, port);
  return { child, port, metricsUrl, sent: () => readCounters(metricsUrl) };
}

type GatewayOptions = {
  readonly sandbox: Sandbox;
  readonly order: Service;
  readonly env?: Readonly<Record<string, string>>;
  readonly profileFolder?: string | undefined;
};

/** The gateway before an order service, as `npm run gateway` is, without limits of rates. */
export async function startGateway({
  sandbox,
  order,
  env = {},
  profileFolder,
}: GatewayOptions): Promise<Service> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const most = "1000000";
  const child = startChild({
    name: "gateway",
    script: "services/gateway/src/main.ts",
    nodeOptions,
    profileFolder,
    env: {
      ...{ TILL_PORT: `${port}`, TILL_METRICS_PORT: `${metricsPort}` },
      TILL_ORDER_ADDRESS: `127.0.0.1:${order.port}`,
      TILL_JWKS_URL: `${sandbox.httpUrl}/.well-known/jwks.json`,
      ...{
        TILL_CALLER_RATE: most,
        TILL_CALLER_BURST: most,
        TILL_ADDRESS_RATE: most,
        TILL_ADDRESS_BURST: most,
      },
      ...env,
    },
  });
  const metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  await whenServing(child, metricsUrl);
  await whenListening(child, port);
  return { child, port, metricsUrl, sent: () => readCounters(metricsUrl) };
}

export const orderOnLocalBus = "test/bench/order-process.ts";
export const orderOnKafka = "services/order/src/main.ts";
export const paymentService = "services/payment/src/main.ts";
export const webhookService = "services/webhook/src/main.ts";
export const typeormService = "test/bench/typeorm-service/main.ts";
