import { effect } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { formatName, shortId } from "../elements/format.ts";
import { caller, client, signOut } from "../sign-in/session.ts";
import { returnPath } from "../sign-in/oidc.ts";
import { SignedInPage } from "../sign-in/signed-in-page.tsx";
import { SignIn } from "../sign-in/sign-in.tsx";
import { Help } from "./help.tsx";
import { Nav } from "./nav.tsx";
import { pageOf } from "./pages.tsx";
import { addressOf, place } from "./router.ts";
import { Search } from "./search.tsx";

effect(() => {
  const [, page = "", ...ids] = place.value.path.split("/");
  const name = formatName(page.replaceAll("-", "_"));
  document.title = `${[name, ...ids.map(shortId)].join(" ")} · Till`;
});

/** The console: its header, and the page that the address names. */
export function App() {
  const till = client.value;
  const { path } = place.value;
  useFocusOn(path);
  if (path === returnPath) return <SignedInPage />;
  if (!till) return <SignIn />;
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="bar">
        <a class="brand" href={addressOf("/orders")}>
          Till
        </a>
        <Nav />
        <Search till={till} />
        <Caller />
      </header>
      <main id="content" tabIndex={-1}>
        {pageOf(path, till)}
      </main>
    </>
  );
}

/** Moves the focus to a page that was gone to, so that keys and screen readers begin with it; before anything is typed. */
function useFocusOn(path: string): void {
  const shown = useRef(path);
  useLayoutEffect(() => {
    if (shown.current !== path) document.getElementById("content")?.focus({ preventScroll: true });
    shown.current = path;
  }, [path]);
}

function Caller() {
  const { id, role } = caller.value!;
  return (
    <div class="caller">
      <span title={`${role}:${id}`}>
        {role} <span class="mono">{shortId(id)}</span>
      </span>
      <Help />
      <button type="button" class="plain" onClick={() => signOut()}>
        Sign out
      </button>
    </div>
  );
}
