import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { createClient, type CallOptions, type ConnectError } from "@connectrpc/connect";
import { Client, credentials } from "@grpc/grpc-js";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { grpcTransport, type GrpcTransport } from "@till/rpc/client";
import type { Role } from "@till/rpc/server";
import { once } from "node:events";
import { inspect } from "node:util";
import type { Cluster } from "./cluster.ts";
import { failureOf } from "./failure-of.ts";

/** Calls any RPC of a cluster's services with any message, and reports how the call fails. */
export type AnyRpc = {
  /** `text` is all that the caller receives: message, details and trailers. Without a role, `headers` name the caller. */
  callToFail(
    service: DescService,
    method: DescMethod,
    request: object,
    headers: Record<string, string>,
    role?: Role,
  ): Promise<{ readonly error: ConnectError; readonly text: string }>;
  close(): void;
};

/** Opens it for one user, in any role. */
export function anyRpc(cluster: Cluster, user: string): AnyRpc {
  const transports = new Map<string, GrpcTransport>();

  function transportTo(service: DescService, role: Role | undefined): GrpcTransport {
    const isPayments = service === PaymentService;
    const name = `${isPayments} ${role}`;
    const known = transports.get(name);
    if (known) return known;
    const replicas = isPayments ? cluster.payments : cluster.orders;
    const bearer = role && cluster.token(user, role);
    const transport = grpcTransport({
      address: replicas.map(({ address }) => address).join(","),
      ...(bearer && { token: () => bearer }),
      retries: false,
    });
    transports.set(name, transport);
    return transport;
  }

  return {
    async callToFail(service, method, request, headers, role) {
      const client = createClient(service, transportTo(service, role)) as Record<string, Rpc>;
      const answer = client[method.localName]!(request, { headers, timeoutMs: 30_000 });
      const error = await failureOf(first(answer));
      const details = error.details.map((detail) =>
        "value" in detail && detail.value instanceof Uint8Array
          ? Buffer.from(detail.value).toString("latin1")
          : "",
      );
      return {
        error,
        text: [error.message, ...details, everythingOf(error), everythingOf(error.cause)].join("\n"),
      };
    },
    close: () => transports.forEach((transport) => transport.close()),
  };
}

/** Sends bytes as one message of a stream that stays open, on a path that fails; returns all that the caller receives. */
export async function rawFailure(address: string, path: string, bytes: Uint8Array): Promise<string> {
  const client = new Client(address, credentials.createInsecure());
  const stream = client.makeBidiStreamRequest(
    path,
    () => Buffer.from(bytes),
    (answer) => answer,
    { deadline: Date.now() + 15_000 },
  );
  stream.write({});
  stream.resume();
  const [error] = (await once(stream, "error")) as [Error];
  client.close();
  return everythingOf(error);
}

type Rpc = (request: object, options: CallOptions) => Promise<unknown> | AsyncIterable<unknown>;

async function first(answer: ReturnType<Rpc>): Promise<void> {
  await (Symbol.asyncIterator in answer ? answer[Symbol.asyncIterator]().next() : answer);
}

function everythingOf(error: unknown): string {
  return inspect(error, { depth: 8 });
}
