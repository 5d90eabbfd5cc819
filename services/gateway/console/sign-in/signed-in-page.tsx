import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Loading } from "../elements/list-page.tsx";
import { Problem } from "../elements/elements.tsx";
import { replaceWithAddress } from "../shell/router.ts";
import { callerOf } from "./caller-of.ts";
import { completeSignIn } from "./oidc.ts";
import { signIn } from "./session.ts";
import { loadSettings } from "./settings.ts";

/** Where the identity server sends the browser to: goes on to where the operator was going. */
export function SignedInPage() {
  const error = useSignal<unknown>(undefined);
  useEffect(() => {
    complete().catch((failure: unknown) => (error.value = failure));
  }, []);
  if (error.value === undefined) return <Loading />;
  return (
    <main class="sign-in">
      <h1>Not signed in</h1>
      <Problem error={error.value} />
      <a class="button primary" href="/console/orders">
        Sign in again
      </a>
    </main>
  );
}

async function complete(): Promise<void> {
  const { oidc } = await loadSettings();
  if (!oidc) throw new Error("This console has no identity server.");
  const { address, ...tokens } = await completeSignIn(oidc);
  const caller = await callerOf(tokens.accessToken);
  replaceWithAddress(address);
  signIn({ kind: "oidc", caller, ...tokens });
}
