import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { WebhookService } from "@till/gen/till/webhook/v1/webhook_service_pb";
import { newId } from "@till/ids";
import type { UnaryHandler } from "@till/rpc/server";
import { newSecret } from "../receivers/signature.ts";
import { ownerScope } from "../rules/endpoint.ts";
import type { Endpoints } from "../store/endpoints.ts";
import type { Secrets } from "../store/secrets.ts";

/** What RotateSecret touches. */
export type RotateSecretDependencies = {
  readonly endpoints: Pick<Endpoints, "find">;
  readonly secrets: Pick<Secrets, "rotate">;
};

/** WebhookService.RotateSecret */
export function rotateSecretRpc({
  endpoints,
  secrets,
}: RotateSecretDependencies): UnaryHandler<typeof WebhookService.method.rotateSecret> {
  return async ({ endpointId }, { caller }) => {
    const { id } = await endpoints.find(endpointId, ownerScope(caller));
    const secret = newSecret();
    const formerExpiresAt = await secrets.rotate(id, newId(), secret);
    return { secret, formerExpiresAt: timestampFromDate(formerExpiresAt) };
  };
}
