import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { UnreadRejection, UnreadResponse } from "../http/reject-unread.ts";

/** The response to a unary RPC that is rejected unread, in the words of the protocol that its content type names. */
export const unreadRpcResponse: UnreadRejection["respond"] = ({ error }, { headers }) => {
  const type = headers["content-type"] ?? "";
  const form = type.startsWith("application/grpc-web")
    ? "gRPC-Web"
    : type.startsWith("application/grpc")
      ? "gRPC"
      : "Connect";
  const known = responses.get(error) ?? new Map<string, UnreadResponse>();
  responses.set(error, known);
  let response = known.get(form);
  if (!response) known.set(form, (response = forms[form](error)));
  return response;
};

/** Errors are few, and made once. */
const responses = new WeakMap<ConnectError, Map<string, UnreadResponse>>();

const forms = {
  Connect: (error: ConnectError): UnreadResponse => ({
    status: codeToHttpStatus(error.code),
    headers: { "content-type": "application/json" },
    body: Buffer.from(errorToJsonBytes(error, undefined)).toString(),
  }),
  "gRPC-Web": (error: ConnectError) => trailersOnly(error, "application/grpc-web+proto"),
  gRPC: (error: ConnectError) => trailersOnly(error, "application/grpc+proto"),
};

/** A response of headers alone, with the status among them. */
function trailersOnly(error: ConnectError, contentType: string): UnreadResponse {
  const status = Object.fromEntries(setTrailerStatus(new Headers(), error));
  return { status: 200, headers: { "content-type": contentType, ...status }, body: "" };
}
