import type { Lag } from "@till/client/web";
import type { ServiceName } from "../dead-letters/service-name.ts";
import { Card } from "../elements/elements.tsx";
import { formatName } from "../elements/format.ts";
import { addressOf } from "../shell/router.ts";

/** How far a service's events are behind: those it publishes and those it consumes. */
export function LagCard({ service, lag }: { service: ServiceName; lag: Lag }) {
  const { outboxRows, outboxAgeSeconds, parkedEvents, deadLetters, consumers } = lag;
  const letters = addressOf("/dead-letters", new URLSearchParams({ service }));
  return (
    <Card title={`${formatName(service)} service`}>
      <dl class="counts">
        <dt>Not published yet</dt>
        <dd>
          {outboxRows}
          {outboxRows > 0 && <span class="quiet"> the oldest for {Math.round(outboxAgeSeconds)} s</span>}
        </dd>
        <dt>Came too early, and wait</dt>
        <dd>{parkedEvents}</dd>
        <dt>
          <a href={letters}>Dead letters</a>
        </dt>
        <dd class={deadLetters > 0 ? "bad-text" : undefined}>{deadLetters}</dd>
        {consumers.map(({ group, topic, lag: behind }) => (
          <div key={`${group} ${topic}`}>
            <dt>
              Not consumed of <span class="mono">{topic}</span>
            </dt>
            <dd>{behind ?? <span class="quiet">the brokers cannot be reached</span>}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
