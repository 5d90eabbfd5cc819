import { ConnectError, type Code } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@till/gen/google/rpc/error_details_pb";

type Facts = { readonly reason: string; readonly metadata: Record<string, string> };

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

/** The reason and the metadata of an error's ErrorInfo. */
export function factsOf(error: ConnectError): Facts {
  const [info] = error.findDetails(ErrorInfoSchema);
  return { reason: info?.reason ?? "", metadata: { ...info?.metadata } };
}

/** The code, reason and metadata a call is rejected with. */
export async function rejectionOf(call: Promise<unknown>): Promise<Facts & { readonly code: Code }> {
  const error = await failureOf(call);
  return { code: error.code, ...factsOf(error) };
}

/** The reason a call is rejected with. */
export async function rejectionReason(call: Promise<unknown>): Promise<string> {
  return (await rejectionOf(call)).reason;
}
