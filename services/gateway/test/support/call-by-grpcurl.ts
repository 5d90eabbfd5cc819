import { createRegistry, fromJson, toJson, type JsonValue } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { file_google_rpc_error_details } from "@till/gen/google/rpc/error_details_pb";
import { StatusSchema } from "@till/gen/google/rpc/status_pb";
import { execFile } from "node:child_process";
import { grpcurlEnv } from "../../../../test/support/cookbook.ts";
import type { Call } from "./call-forms.ts";

/** Makes a call by grpcurl, which learns the method by reflection. A failed call throws its error with its details. */
export async function callByGrpcurl(
  address: string,
  { method, request }: Call,
  headers: Readonly<Record<string, string>>,
): Promise<object> {
  const json = JSON.stringify(toJson(method.input, request));
  const options = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const name = `${method.parent.typeName}/${method.name}`;
  const { stdout, stderr } = await grpcurl([
    ...["-plaintext", "-format-error", ...options, "-d", json, address, name],
  ]);
  if (stdout !== "") return fromJson(method.output, JSON.parse(stdout) as JsonValue);
  throw errorFrom(stderr);
}

async function grpcurl(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve) =>
    // A call that is rejected is an exit code, too: what stderr says is read by the caller.
    execFile("grpcurl", args, { env: grpcurlEnv }, (_, stdout, stderr) => resolve({ stdout, stderr })),
  );
}

const registry = createRegistry(file_google_rpc_error_details);

function errorFrom(stderr: string): ConnectError {
  const { code, message, details } = fromJson(StatusSchema, JSON.parse(stderr) as JsonValue, { registry });
  const error = new ConnectError(message, code);
  error.details = details.map(({ typeUrl, value }) => ({ type: typeUrl.split("/").at(-1)!, value }));
  return error;
}
