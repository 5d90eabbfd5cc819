import type { DeadLetter } from "@till/client/web";
import { Card } from "../elements/elements.tsx";

/** The event as its topic carried it. */
export function EventCard({ deadLetter: { body, headers } }: { deadLetter: DeadLetter }) {
  const names = Object.keys(headers).sort();
  return (
    <Card title="The event">
      <pre class="body" tabIndex={0} aria-label="Body">
        {formatBody(body)}
      </pre>
      {names.length > 0 && (
        <dl class="mono headers">
          {names.map((name) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{headers[name]}</dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  );
}

/** JSON on several lines; what is not JSON stays as it came. */
function formatBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body === "" ? "(empty)" : body;
  }
}
