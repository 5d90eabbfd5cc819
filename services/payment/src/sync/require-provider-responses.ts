import { ProviderUnreachable, type Provider } from "../rules/provider.ts";

/**
 * The same, with a provider that throws where it gives no answer. What it has told us of is then put off and looked
 * at again: nobody else would, as a payment that seems settled is asked after no more.
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

function requireProviderResponse<Answer extends object>(answer: Answer): Answer {
  if ("why" in answer) throw new ProviderUnreachable(String(answer.why));
  return answer;
}
