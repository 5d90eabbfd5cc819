import { Code, createContextValues } from "@connectrpc/connect";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import {
  createAsyncIterable,
  type UniversalHandler,
  type UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { AppError, connectErrorFrom } from "@till/rpc/errors";
import type { FastifyReply, FastifyRequest } from "fastify";
import { appError } from "../errors.ts";
import { rpcCall, type RpcCall } from "./call-context.ts";

/** Serves one RPC over the protocol that its content type names. Throws UNSUPPORTED_MEDIA_TYPE where it names none. */
export async function serveRpc(handle: UniversalHandler, request: FastifyRequest, reply: FastifyReply) {
  const { ip: address, id: requestId } = request;
  const call: RpcCall = { address, requestId, headers: {}, isDecided: false };
  const values = createContextValues().set(rpcCall, call);
  const incoming = universalRequestFromNodeRequest(request.raw, reply.raw, undefined, values);
  let response = await handle(incoming);
  if (response.status === 415)
    throw appError("UNSUPPORTED_MEDIA_TYPE", "send a message of Connect or gRPC-Web; over TLS also of gRPC");
  if (!call.isDecided) {
    // The handlers' own errors have no reason: let admission reject the call with one, in the words of its protocol.
    call.rejection = connectErrorFrom(await unreadable(response), requestId);
    response = await handle({ ...incoming, body: createAsyncIterable([]) });
    // What it still sends is not read.
    if (request.raw.httpVersionMajor === 1) void reply.header("connection", "close");
  }
  for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value!);
  try {
    await universalResponseToNodeResponse(response, reply.raw);
  } catch (error) {
    if (!reply.raw.headersSent) throw error;
    reply.raw.destroy(); // the client has gone, or never gets the rest
  }
}

/** Why a handler could not read the request, by its response. */
async function unreadable({ body, trailer }: UniversalServerResponse): Promise<AppError> {
  const parts: Uint8Array[] = [];
  for await (const part of body ?? []) parts.push(part);
  const text = Buffer.concat(parts).toString();
  const trailers = [...(trailer ?? [])].map(([name, value]) => `${name}: ${value}`);
  const failure = [text, ...trailers].join("\n");
  if (/"resource_exhausted"|grpc-status: 8\b/.test(failure))
    return appError("REQUEST_TOO_LARGE", "a request may have 1 MiB");
  if (/unknown(?: |%20)compression/.test(failure))
    return new AppError(
      "UNSUPPORTED_MEDIA_TYPE",
      Code.Unimplemented,
      "compress with gzip or br, or not at all",
    );
  return appError("INVALID_ARGUMENT", `the request cannot be read${detailOf(text)}`);
}

/** What is wrong with a message in JSON, which a unary response of Connect says. */
function detailOf(text: string): string {
  if (!text.startsWith("{")) return "";
  const { message } = JSON.parse(text) as { readonly message?: string };
  return message === undefined ? "" : `: ${message}`;
}
