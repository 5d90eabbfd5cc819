import { useEffect, useRef } from "preact/hooks";
import { caller } from "../sign-in/session.ts";
import { addressOf, place } from "./router.ts";

type Entry = {
  readonly title: string;
  readonly path: string;
  /** A filter that makes the page one of its own. */
  readonly status?: string;
  readonly roles: readonly string[];
};

const everyone = ["user", "service", "admin"];

/** The pages, and who has something to see on them; the services check it again. */
const entries: readonly Entry[] = [
  { title: "Orders", path: "/orders", roles: everyone },
  { title: "Refund requests", path: "/orders", status: "REFUND_REQUESTED", roles: everyone },
  { title: "Dead letters", path: "/dead-letters", roles: ["admin"] },
  { title: "Stuck", path: "/stuck", roles: ["admin"] },
  { title: "Webhooks", path: "/webhooks", roles: ["service", "admin"] },
  { title: "Audit", path: "/audit", roles: ["admin"] },
];

/** The way to each page, which a digit takes as well. */
export function Nav() {
  const { role } = caller.value!;
  const shown = entries.filter(({ roles }) => roles.includes(role));
  const current = currentOf(place.value);
  const list = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a narrow screen the list is longer than its line.
    list.current!.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [current]);
  return (
    <nav aria-label="Console" ref={list}>
      {shown.map((entry, index) => (
        <a
          key={entry.title}
          href={addressOf(
            entry.path,
            entry.status ? new URLSearchParams({ status: entry.status }) : undefined,
          )}
          aria-keyshortcuts={String(index + 1)}
          aria-current={entry === current ? "page" : undefined}
        >
          {entry.title}
        </a>
      ))}
    </nav>
  );
}

function currentOf({ path, query }: typeof place.value): Entry | undefined {
  const here = entries.filter((entry) => path === entry.path || path.startsWith(`${entry.path}/`));
  return here.find(({ status }) => status !== undefined && query.get("status") === status) ?? here[0];
}
