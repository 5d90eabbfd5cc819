import { connectErrorFrom } from "@till/rpc/errors";
import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { appError } from "../errors.ts";
import { problemFrom, problemType } from "./problem.ts";

/** Responds on the socket where HTTP itself failed, so that there is no request to respond to, and closes it. */
export function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const problem = problemFrom(connectErrorFrom(errorOf(error), requestId), requestId);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  // A client that never reads would keep its half of the connection open.
  setTimeout(() => socket.destroy(), lastReadMs).unref();
}

const lastReadMs = 1_000;

function errorOf({ code }: NodeJS.ErrnoException) {
  if (code === "HPE_HEADER_OVERFLOW") return appError("HEADERS_TOO_LARGE", "the headers may have 16 KiB");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return appError("REQUEST_TIMEOUT", "the request was not complete in time");
  return appError("INVALID_ARGUMENT", "the request is not valid HTTP");
}
