import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { RotateSecretRequestSchema, type WebhookService } from "@till/gen/till/webhook/v1/webhook_service_pb";
import { newId } from "@till/ids";
import type { UnaryHandler } from "@till/rpc/server";
import { newSecret } from "../receivers/signature.ts";
import { ownerScope } from "../rules/endpoint.ts";
import type { Endpoints } from "../store/endpoints.ts";
import type { Requests } from "../store/requests.ts";
import type { Secrets } from "../store/secrets.ts";

/** What RotateSecret touches. */
export type RotateSecretDependencies = {
  readonly requests: Requests;
  readonly endpoints: Pick<Endpoints, "find">;
  readonly secrets: Pick<Secrets, "encrypt" | "rotate" | "find">;
};

/** WebhookService.RotateSecret */
export function rotateSecretRpc({
  requests,
  endpoints,
  secrets,
}: RotateSecretDependencies): UnaryHandler<typeof WebhookService.method.rotateSecret> {
  return async (request, call) => {
    const endpointId = request.endpointId.toLowerCase();
    // Of a replay as well: the secret is shown to a caller that may see the endpoint.
    await endpoints.find(endpointId, ownerScope(call.caller));
    const repeatable = { ...request, endpointId };
    const made = await requests.makeOnce(RotateSecretRequestSchema, repeatable, call, () => {
      const secret = secrets.encrypt(newId(), newSecret());
      return (tx) => secrets.rotate(tx, endpointId, secret);
    });
    const shown = await secrets.find(made.madeId);
    return {
      secret: shown?.secret ?? "",
      ...(shown && { formerExpiresAt: timestampFromDate(shown.formerExpiresAt) }),
      idempotentReplay: made.isReplay,
    };
  };
}
