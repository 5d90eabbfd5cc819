import {
  create,
  createRegistry,
  type DescFile,
  type DescService,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import {
  ServerReflection as ReflectionV1,
  type ServerReflectionRequest,
} from "@till/gen/grpc/reflection/v1/reflection_pb";
import { FileDescriptorResponseSchema } from "@till/gen/grpc/reflection/v1/reflection_pb";
import { ServerReflection as ReflectionV1Alpha } from "@till/gen/grpc/reflection/v1alpha/reflection_pb";
import { file_google_rpc_error_details } from "@till/gen/google/rpc/error_details_pb";
import { allow, implement, type Implementation } from "./implement.ts";

/**
 * Server reflection, v1 and v1alpha (the same messages under two names), over the services' own descriptors; with
 * google.rpc's error details, so that grpcurl shows an error's reason in words.
 */
export function reflection(services: readonly DescService[]): Implementation[] {
  const served = [...services, ReflectionV1, ReflectionV1Alpha];
  const files = closure([...served.map((service) => service.file), file_google_rpc_error_details]);
  const schema = {
    files: new Map(files.map((file) => [file.proto.name, file])),
    registry: createRegistry(...files),
  };
  const names = served
    .map(({ typeName }) => ({ name: typeName }))
    .sort((a, b) => a.name.localeCompare(b.name));
  const answer = (request: ServerReflectionRequest) => ({
    validHost: request.host,
    originalRequest: request,
    messageResponse: answerTo(request, names, schema),
  });
  async function* serverReflectionInfo(requests: AsyncIterable<ServerReflectionRequest>) {
    for await (const request of requests) yield answer(request);
  }
  const rpcs = { serverReflectionInfo: allow("anyone" as const, serverReflectionInfo) };
  // The v1alpha messages have the same fields as the v1 ones, so one handler serves both.
  return [implement(ReflectionV1, rpcs), implement(ReflectionV1Alpha, rpcs as never)];
}

type Schema = { readonly files: ReadonlyMap<string, DescFile>; readonly registry: Registry };

function answerTo(
  { messageRequest: ask }: ServerReflectionRequest,
  service: { name: string }[],
  schema: Schema,
) {
  switch (ask.case) {
    case "listServices":
      return { case: "listServicesResponse" as const, value: { service } };
    case "fileByFilename":
      return fileResponse(schema.files.get(ask.value), ask.value);
    case "fileContainingSymbol":
      return fileResponse(fileOf(ask.value, schema.registry), ask.value);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = ask.value;
      const extended = schema.registry.getMessage(containingType);
      const extension = extended && schema.registry.getExtensionFor(extended, extensionNumber);
      return fileResponse(extension?.file, `${containingType} ${extensionNumber}`);
    }
    case "allExtensionNumbersOfType":
      return notFound(ask.value);
    case undefined:
      return errorResponse(Code.InvalidArgument, "the request has no message_request");
  }
}

/** A symbol may name a service or type, or a member of one: till.order.v1.OrderService.CreateOrder. */
function fileOf(symbol: string, registry: Registry): DescFile | undefined {
  const owner = symbol.slice(0, symbol.lastIndexOf("."));
  return (registry.get(symbol) ?? registry.get(owner))?.file;
}

function fileResponse(file: DescFile | undefined, name: string) {
  if (!file) return notFound(name);
  const fileDescriptorProto = [toBinary(FileDescriptorProtoSchema, file.proto)];
  const value = create(FileDescriptorResponseSchema, { fileDescriptorProto });
  return { case: "fileDescriptorResponse" as const, value };
}

function notFound(name: string) {
  return errorResponse(Code.NotFound, `not found: ${name}`);
}

function errorResponse(errorCode: Code, errorMessage: string) {
  return { case: "errorResponse" as const, value: { errorCode, errorMessage } };
}

function closure(files: readonly DescFile[]): DescFile[] {
  const all = new Set<DescFile>();
  const add = (file: DescFile) => {
    if (all.has(file)) return;
    all.add(file);
    file.dependencies.forEach(add);
  };
  files.forEach(add);
  return [...all];
}
