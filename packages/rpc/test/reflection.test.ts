import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { Client, credentials } from "@grpc/grpc-js";
import {
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from "@till/gen/grpc/reflection/v1/reflection_pb";
import { expect } from "chai";
import { userServer } from "./user-server.ts";

describe("Reflection", () => {
  for (const version of ["v1", "v1alpha"]) {
    it(`${version} lists the services and describes them, down to the error details`, async () => {
      const server = await userServer(() => Promise.resolve({}));
      const ask = reflectionClient(server.address, version);
      const { messageResponse: list } = await ask({ case: "listServices", value: "" });
      expect(
        list.case === "listServicesResponse" && list.value.service.map(({ name }) => name),
      ).to.deep.equal([
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "till.user.v1.UserService",
      ]);
      for (const symbol of [
        "till.user.v1.UserService",
        "till.user.v1.UserService.GetUser",
        "google.rpc.ErrorInfo",
      ]) {
        const { messageResponse: file } = await ask({ case: "fileContainingSymbol", value: symbol });
        if (file.case !== "fileDescriptorResponse") throw new Error(`no file for ${symbol}`);
        const { name } = fromBinary(FileDescriptorProtoSchema, file.value.fileDescriptorProto[0]!);
        const byName = await ask({ case: "fileByFilename", value: name });
        expect(byName.messageResponse.case).to.equal("fileDescriptorResponse");
      }
      const { messageResponse: none } = await ask({ case: "fileContainingSymbol", value: "till.Nothing" });
      expect(none.case === "errorResponse" && none.value.errorCode).to.equal(Code.NotFound);
      await server.close();
    });
  }

  it("can be left out", async () => {
    const server = await userServer(() => Promise.resolve({}), { reflection: false });
    const listed = reflectionClient(server.address, "v1")({ case: "listServices", value: "" });
    expect(await listed.catch((error: { code: number }) => error.code)).to.equal(Code.Unimplemented);
    await server.close();
  });
});

type Ask = Parameters<typeof create<typeof ServerReflectionRequestSchema>>[1];

function reflectionClient(address: string, version: string) {
  return async (messageRequest: NonNullable<Ask>["messageRequest"]) => {
    const client = new Client(address, credentials.createInsecure());
    const call = client.makeBidiStreamRequest(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      (request: Uint8Array) => Buffer.from(request),
      (bytes) => fromBinary(ServerReflectionResponseSchema, bytes),
    );
    try {
      const request = create(ServerReflectionRequestSchema, { messageRequest: messageRequest! });
      call.write(toBinary(ServerReflectionRequestSchema, request));
      for await (const answer of call)
        return answer as ReturnType<typeof create<typeof ServerReflectionResponseSchema>>;
      throw new Error("no answer");
    } finally {
      call.cancel();
      client.close();
    }
  };
}
