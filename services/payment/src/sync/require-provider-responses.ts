import { ProviderUnreachable, type Provider } from "../rules/provider.ts";

/**
 * The same dependencies, with a provider that throws ProviderUnreachable instead of returning no response. A
 * provider's event is then tried again later: no worker syncs a payment that has its outcome.
 */
export function requireProviderResponses<Deps extends { readonly provider: Provider }>(deps: Deps): Deps {
  const { provider } = deps;
  return {
    ...deps,
    provider: {
      ...provider,
      find: async (ref) => requireProviderResponse(await provider.find(ref)),
      findOperation: async (operation) => requireProviderResponse(await provider.findOperation(operation)),
    },
  };
}

function requireProviderResponse<Response extends object>(response: Response): Response {
  if ("why" in response) throw new ProviderUnreachable(String(response.why));
  return response;
}
