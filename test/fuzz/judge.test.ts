import { status } from "@grpc/grpc-js";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { AppError } from "@till/rpc/errors";
import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { id, userServer } from "../../packages/rpc/test/user-server.ts";
import { frame, type FuzzCall } from "./fuzz-call.ts";
import { faultOf } from "./judge.ts";
import { openConnection } from "./send-call.ts";

const message = Buffer.concat([Buffer.from([0x0a, id.length]), Buffer.from(id)]);
const call: FuzzCall = {
  ...{ seed: 1, index: 0, role: "user", mood: "valid", method: UserService.method.getUser },
  headers: {
    ...{ ":method": "POST", ":path": "/till.user.v1.UserService/GetUser", te: "trailers" },
    ...{ "content-type": "application/grpc", authorization: "Bearer token-user" },
  },
  message,
  body: frame(message),
};

describe("The judge of the fuzz", () => {
  async function faultWhere(respond: () => Promise<object>): Promise<string | undefined> {
    const server = await userServer(respond);
    const connection = openConnection(server.address);
    const reply = await connection.send(call);
    connection.close();
    await server.close();
    return faultOf(call, reply);
  }

  it("takes a response and a typed rejection", async () => {
    expect(await faultWhere(() => Promise.resolve({ user: { id } }))).to.equal(undefined);
    const rejection = new AppError("OUT_OF_STOCK", Code.FailedPrecondition, "none left");
    expect(await faultWhere(() => Promise.reject(rejection))).to.equal(undefined);
  });

  it("finds INTERNAL and UNKNOWN", async () => {
    expect(await faultWhere(() => Promise.reject(new Error("unforeseen")))).to.match(/^INTERNAL: /);
    const unknown = new AppError("X", Code.Unknown, "unknown");
    expect(await faultWhere(() => Promise.reject(unknown))).to.match(/^UNKNOWN: /);
  });

  it("finds large trailers, a missing status, and a response of another type", () => {
    const reply = { ...{ status: status.OK, message: "", trailerBytes: 100 }, ...{ httpStatus: 200, ms: 1 } };
    const of = (fault: object) => faultOf(call, { ...reply, messages: [], without: undefined, ...fault });
    expect(of({ trailerBytes: 8193 })).to.equal("8193 bytes of trailers");
    expect(of({ status: undefined, without: "reset" })).to.equal("the stream ended without a status");
    expect(of({ status: undefined, without: "time-out" })).to.equal("no status in time");
    expect(of({ messages: [Buffer.from([0x0a, 0x7f])] })).to.match(/^a response that is no /);
  });
});
