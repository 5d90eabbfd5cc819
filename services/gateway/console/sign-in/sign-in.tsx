import { useSignal } from "@preact/signals";
import { Problem } from "../elements/elements.tsx";
import { callerOf } from "./caller-of.ts";
import { beginSignIn } from "./oidc.ts";
import { sandboxToken } from "./sandbox-token.ts";
import { sessionProblem, signIn } from "./session.ts";
import { loadSettings, type OidcSettings } from "./settings.ts";
import { useLoad } from "../elements/use-load.ts";

/** Who the sandbox's users and operators are; any other id works as well. */
const identities: readonly { role: string; user: string; title: string; can: string }[] = [
  {
    role: "admin",
    user: "018f0000-0000-7000-8000-0000000000ad",
    title: "Admin",
    can: "Every order; decides on refunds, ships, verifies",
  },
  {
    role: "service",
    user: "018f0000-0000-7000-8000-0000000000f9",
    title: "Service",
    can: "Every order, as another service of the platform",
  },
  {
    role: "user",
    user: "018f0000-0000-7000-8000-0000000000a1",
    title: "User",
    can: "Its own orders alone, as a buyer",
  },
];

/** The first page: the identity server, the sandbox's identities on a laptop, and a field for a token everywhere. */
export function SignIn() {
  const { value: settings, error, reload } = useLoad("settings", loadSettings);
  return (
    <main class="sign-in">
      <h1>
        <img src={document.querySelector<HTMLLinkElement>("link[rel=icon]")!.href} alt="" /> Till
      </h1>
      <p class="lead">Orders and payments, for those who look after them.</p>
      {sessionProblem.value && (
        <p class="notice" role="alert">
          {sessionProblem}
        </p>
      )}
      {error !== undefined && <Problem error={error} retry={reload} />}
      {settings?.oidc && <IdentityServer settings={settings.oidc} />}
      {settings?.sandbox && <SandboxIdentities />}
      {settings && <PasteToken isOpen={!settings.sandbox && !settings.oidc} />}
    </main>
  );
}

function IdentityServer({ settings }: { settings: OidcSettings }) {
  const error = useSignal<unknown>(undefined);
  const isLeaving = useSignal(false);
  async function leave() {
    [isLeaving.value, error.value] = [true, undefined];
    try {
      await beginSignIn(settings);
    } catch (failure) {
      [isLeaving.value, error.value] = [false, failure];
    }
  }
  return (
    <section aria-label="Sign in">
      <button type="button" class="primary wide" disabled={isLeaving.value} onClick={() => void leave()}>
        Sign in with {new URL(settings.issuer).host}
      </button>
      {error.value !== undefined && <Problem error={error.value} />}
    </section>
  );
}

function SandboxIdentities() {
  const error = useSignal<unknown>(undefined);
  const user = useSignal("");
  async function enter(role: string, known: string) {
    const id = user.value.trim() || known;
    try {
      await sandboxToken(id, role);
      signIn({ kind: "sandbox", caller: { id, role } });
    } catch (problem) {
      error.value = problem;
    }
  }
  return (
    <section aria-labelledby="sandbox-heading">
      <h2 id="sandbox-heading">Sign in as</h2>
      <div class="identities">
        {identities.map(({ role, user: known, title, can }) => (
          <button type="button" key={role} onClick={() => void enter(role, known)}>
            <strong>{title}</strong>
            <span>{can}</span>
          </button>
        ))}
      </div>
      <label class="field">
        <span>Id, if another than the sandbox's own</span>
        <input
          class="mono"
          value={user.value}
          placeholder={identities[0]!.user}
          onInput={({ currentTarget }) => (user.value = currentTarget.value)}
        />
      </label>
      <p class="hint">This is a sandbox: it issues a token for any identity. No money is real.</p>
      {error.value !== undefined && <Problem error={error.value} />}
    </section>
  );
}

function PasteToken({ isOpen }: { isOpen: boolean }) {
  const token = useSignal("");
  const error = useSignal<unknown>(undefined);
  async function enter() {
    const given = token.value.trim();
    try {
      signIn({ kind: "token", caller: await callerOf(given), token: given });
    } catch (problem) {
      error.value = problem;
    }
  }
  return (
    <details open={isOpen}>
      <summary>Sign in with a token</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void enter();
        }}
      >
        <label class="field">
          <span>Bearer token (JWT)</span>
          <textarea
            class="mono"
            rows={4}
            required
            spellcheck={false}
            autocomplete="off"
            onInput={({ currentTarget }) => (token.value = currentTarget.value)}
          />
        </label>
        {error.value !== undefined && <Problem error={error.value} />}
        <button class="primary">Sign in</button>
      </form>
    </details>
  );
}
