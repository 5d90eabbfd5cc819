import { ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@till/gen/google/rpc/error_details_pb";

/** The error a call fails with; a call that succeeds fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error("the call succeeded");
}

/** The reason and the facts a failure carries for machines. */
export function factsOf(error: ConnectError): { reason: string; metadata: Record<string, string> } {
  const [info] = error.findDetails(ErrorInfoSchema);
  return { reason: info?.reason ?? "", metadata: { ...info?.metadata } };
}
