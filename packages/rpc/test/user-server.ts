import { createClient, type Client } from "@connectrpc/connect";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { createLog, createMetrics } from "@till/telemetry";
import { Writable } from "node:stream";
import { grpcTransport, type GrpcTransportOptions } from "../src/client.ts";
import { appError } from "../src/errors.ts";
import {
  allow,
  implement,
  serve,
  type RunningServer,
  type ServeOptions,
  type UnaryHandler,
} from "../src/server.ts";

type GetUser = UnaryHandler<typeof UserService.method.getUser>;

/** A server with one RPC that does what a test says; "token-<role>" is a good token of that role. */
export type UserServer = RunningServer & {
  readonly address: string;
  readonly logged: string[];
  client(options?: Partial<GrpcTransportOptions>): Client<typeof UserService>;
  close(): Promise<void>;
};

export const id = "018f0000-0000-7000-8000-0000000000a1";

export async function userServer(getUser: GetUser, options: Partial<ServeOptions> = {}): Promise<UserServer> {
  const logged: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      logged.push(String(chunk));
      done();
    },
  });
  const server = await serve({
    services: [
      implement(UserService, {
        getUser: allow(["user", "admin", "service"], getUser),
        batchGetUsers: allow(["service"], () => Promise.resolve({})),
      }),
    ],
    host: "127.0.0.1",
    port: 0,
    verify(token) {
      if (token === "token-user") return { id, role: "user" };
      if (token === "token-service") return { id, role: "service" };
      throw appError("UNAUTHENTICATED", "the token is not valid");
    },
    log: createLog({ service: "test", destination }),
    metrics: createMetrics({ service: "test" }),
    ...options,
  });
  const address = `127.0.0.1:${server.port}`;
  const transports = new Set<ReturnType<typeof grpcTransport>>();
  return {
    ...server,
    address,
    logged,
    client(given) {
      const transport = grpcTransport({ address, token: () => Promise.resolve("token-user"), ...given });
      transports.add(transport);
      return createClient(UserService, transport);
    },
    async close() {
      transports.forEach((transport) => transport.close());
      await server.drain(100);
    },
  };
}
