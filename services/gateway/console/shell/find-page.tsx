import type { Till } from "@till/client/web";
import { Loading } from "../elements/list-page.tsx";
import { Problem } from "../elements/elements.tsx";
import { useLoad } from "../elements/use-load.ts";
import { findById } from "./find-by-id.ts";
import { replaceWith } from "./router.ts";

/** Goes on to what has an id, for links that know no more than that. */
export function FindPage({ till, id }: { till: Till; id: string }) {
  const { value, error, isLoading, reload } = useLoad(id, async () => {
    const found = await findById(till, id);
    if (found) replaceWith(found.path, found.query);
    return found ?? "nothing";
  });
  if (error !== undefined) return <Problem error={error} retry={reload} />;
  if (isLoading) return <Loading />;
  return value === "nothing" ? (
    <p class="empty">
      Nothing has the id <span class="mono">{id}</span> that you may see.
    </p>
  ) : null;
}
