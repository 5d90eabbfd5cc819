import {
  create,
  createFileRegistry,
  fromBinary,
  toBinary,
  type DescMethod,
  type DescService,
} from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  type FileDescriptorProto,
} from "@bufbuild/protobuf/wkt";
import { Client, credentials } from "@grpc/grpc-js";
import {
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from "@till/gen/grpc/reflection/v1/reflection_pb";

/** The RPCs of a server, as its reflection describes them: what is served is what is called. */
export async function servedMethods(address: string): Promise<DescMethod[]> {
  using reflection = openReflection(address);
  const names = await reflection.services();
  const services: DescService[] = [];
  for (const name of names) {
    const files = new Map<string, FileDescriptorProto>();
    await collect(await reflection.file({ case: "fileContainingSymbol", value: name }), files, reflection);
    const set = create(FileDescriptorSetSchema, { file: [...files.values()] });
    const service = createFileRegistry(set).getService(name);
    if (!service) throw new Error(`${address} serves ${name}, which its reflection does not describe`);
    services.push(service);
  }
  return services.flatMap(({ methods }) => methods);
}

type Reflection = ReturnType<typeof openReflection>;

/** Adds a file after those that it imports. */
async function collect(
  file: FileDescriptorProto,
  files: Map<string, FileDescriptorProto>,
  reflection: Reflection,
): Promise<void> {
  for (const path of file.dependency)
    if (!files.has(path))
      await collect(await reflection.file({ case: "fileByFilename", value: path }), files, reflection);
  files.set(file.name, file);
}

function openReflection(address: string) {
  const client = new Client(address, credentials.createInsecure());
  const call = client.makeBidiStreamRequest(
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    (request: ServerReflectionRequest) => Buffer.from(toBinary(ServerReflectionRequestSchema, request)),
    (bytes) => fromBinary(ServerReflectionResponseSchema, bytes),
  );
  const responses = call[Symbol.asyncIterator]() as AsyncIterator<ServerReflectionResponse, undefined>;

  async function request(messageRequest: ServerReflectionRequest["messageRequest"]) {
    call.write(create(ServerReflectionRequestSchema, { messageRequest }));
    const response = await responses.next();
    if (response.done) throw new Error(`the reflection of ${address} ended`);
    return response.value.messageResponse;
  }

  return {
    async services(): Promise<string[]> {
      const response = await request({ case: "listServices", value: "" });
      if (response.case !== "listServicesResponse") throw new Error(`${address} lists no services`);
      return response.value.service.map(({ name }) => name);
    },
    async file(
      which: Extract<
        ServerReflectionRequest["messageRequest"],
        { case: "fileByFilename" | "fileContainingSymbol" }
      >,
    ): Promise<FileDescriptorProto> {
      const response = await request(which);
      if (response.case !== "fileDescriptorResponse") throw new Error(`${address} has no ${which.value}`);
      return fromBinary(FileDescriptorProtoSchema, response.value.fileDescriptorProto[0]!);
    },
    [Symbol.dispose]() {
      call.cancel();
      client.close();
    },
  };
}
