import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Transport, UnaryResponse } from "@connectrpc/connect";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { connectErrorFromService } from "../../../packages/rpc/src/status.ts";

/** A transport that makes each call once, as grpcurl does: ours try again when a call is UNAVAILABLE. */
export function singleTryTransport(
  address: string,
  token: () => Promise<string>,
): Transport & { close(): void } {
  const client = new Client(address, credentials.createInsecure(), { "grpc.enable_retries": 0 });
  async function unary(...[method, , timeoutMs, header, input]: Parameters<Transport["unary"]>) {
    const metadata = new Metadata();
    new Headers(header as Headers | undefined).forEach((value, name) => metadata.set(name, value));
    metadata.set("authorization", `Bearer ${await token()}`);
    const bytes = toBinary(method.input, create(method.input, input));
    const trailer = new Headers();
    return new Promise<UnaryResponse>((resolve, reject) => {
      const call = client.makeUnaryRequest(
        `/${method.parent.typeName}/${method.name}`,
        (request: Buffer) => request,
        (answer) => fromBinary(method.output, answer),
        Buffer.from(bytes),
        metadata,
        { deadline: Date.now() + (timeoutMs ?? 10_000) },
        (error, message) => {
          if (error) reject(connectErrorFromService(error));
          else
            resolve({
              stream: false,
              service: method.parent,
              method,
              header: new Headers(),
              trailer,
              message: message!,
            });
        },
      );
      call.on("status", ({ metadata: sent }) => {
        for (const [name, value] of Object.entries(sent.getMap()))
          if (typeof value === "string") trailer.set(name, value);
      });
    });
  }
  return {
    unary: unary as Transport["unary"],
    stream: () => Promise.reject(new Error("nothing is streamed here")),
    close: () => client.close(),
  };
}
