import { refresh, type OidcTokens } from "./oidc.ts";
import { loadSettings } from "./settings.ts";

type Observer = {
  /** The tokens were replaced. */
  readonly onRefresh: (tokens: OidcTokens) => void;
  /** There is no token any more. */
  readonly onEnd: () => void;
};

/** A token that has less than this to last is replaced: a call must not outlast it. */
const marginMs = 30_000;

/** Returns the access token of each call; one that ends soon, or was rejected, is replaced by the refresh token. */
export function oidcTokenSource(tokens: OidcTokens, { onRefresh, onEnd }: Observer) {
  let current = tokens;
  let replacing: Promise<OidcTokens> | undefined;

  async function replace(): Promise<OidcTokens> {
    try {
      const { oidc } = await loadSettings();
      if (!oidc || current.refreshToken === undefined) throw new Error("the access token has ended");
      current = await refresh(oidc, current.refreshToken);
      onRefresh(current);
      return current;
    } catch (error) {
      // An identity server that cannot be reached, which fetch reports as a TypeError, ends no session.
      if (!(error instanceof TypeError)) onEnd();
      throw error;
    } finally {
      replacing = undefined;
    }
  }

  return async ({ rejected }: { rejected?: string }): Promise<string> => {
    const { accessToken, expiresAtMs = Infinity } = current;
    if (rejected !== accessToken && expiresAtMs - marginMs > Date.now()) return accessToken;
    return (await (replacing ??= replace())).accessToken;
  };
}
