import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from "@till/gen/grpc/reflection/v1/reflection_pb";
import { Client, credentials, status } from "@grpc/grpc-js";

/** The services that grpcurl would find at an address; undefined where reflection is off. */
export async function reflectedServices(address: string): Promise<string[] | undefined> {
  const client = new Client(address, credentials.createInsecure());
  const call = client.makeBidiStreamRequest(
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    (request: Uint8Array) => Buffer.from(request),
    (bytes) => fromBinary(ServerReflectionResponseSchema, bytes),
  );
  const messageRequest = { case: "listServices", value: "" } as const;
  call.write(
    toBinary(ServerReflectionRequestSchema, create(ServerReflectionRequestSchema, { messageRequest })),
  );
  try {
    for await (const { messageResponse } of call as AsyncIterable<Answer>)
      if (messageResponse.case === "listServicesResponse")
        return messageResponse.value.service.map(({ name }) => name);
    throw new Error("no answer");
  } catch (error) {
    if ((error as { code?: number }).code === status.UNIMPLEMENTED) return undefined;
    throw error;
  } finally {
    call.cancel();
    client.close();
  }
}

type Answer = ReturnType<typeof create<typeof ServerReflectionResponseSchema>>;
