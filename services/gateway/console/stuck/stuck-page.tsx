import type { Stuck, Till } from "@till/client/web";
import { opsOf, serviceNames, type ServiceName } from "../dead-letters/service-name.ts";
import { Problem, Time } from "../elements/elements.tsx";
import { formatAge, formatName, shortId } from "../elements/format.ts";
import { Loading } from "../elements/list-page.tsx";
import { PageHeading } from "../elements/page-heading.tsx";
import { useLoad } from "../elements/use-load.ts";
import { addressOf } from "../shell/router.ts";
import { LagCard } from "./lag-card.tsx";

/** What is in a state for longer than it should be, with its cause and a safe remedy; and how far events are behind. */
export function StuckPage({ till }: { till: Till }) {
  // Each by itself: a service that is down hides nothing of the others.
  const states = serviceNames.map((service) => ({ service, ...useLoad(service, stateOf(till, service)) }));
  const found = states.flatMap(
    ({ service, value }) => value?.stuck.map((one) => ({ service, ...one })) ?? [],
  );
  const isLoading = states.some((state) => state.isLoading);
  return (
    <>
      <PageHeading title="Stuck" reload={() => states.forEach(({ reload }) => reload())} />
      {states.map(
        ({ service, error, reload }) =>
          error !== undefined && (
            <section key={service} aria-label={`${formatName(service)} service`}>
              <Problem error={error} retry={reload} />
            </section>
          ),
      )}
      {found.length === 0 && isLoading && <Loading />}
      {found.length === 0 && states.every(({ value }) => value) && <p class="empty">Nothing is stuck.</p>}
      {found.length > 0 && (
        <ul class="stuck" aria-label="What is stuck" aria-busy={isLoading}>
          {found.map((one) => (
            <StuckCard key={`${one.kind} ${one.id}`} {...one} />
          ))}
        </ul>
      )}
      <div class="pair">
        {states.map(
          ({ service, value }) => value && <LagCard key={service} service={service} lag={value.lag} />,
        )}
      </div>
    </>
  );
}

const stateOf = (till: Till, service: ServiceName) => async (signal: AbortSignal) => {
  const ops = opsOf(till, service);
  const [stuck, lag] = await Promise.all([ops.stuck({ signal }), ops.lag({ signal })]);
  return { stuck, lag };
};

/** The kinds whose id is that of something that can be found: of the order service all but jobs and events. */
const findable: Readonly<Record<ServiceName, readonly Stuck["kind"][]>> = {
  order: ["ORDER", "REFUND", "HOLD"],
  payment: ["PAYMENT", "REFUND"],
  webhook: [],
};

function StuckCard({ kind, id, since, cause, remedy, service }: Stuck & { service: ServiceName }) {
  return (
    <li class="card">
      <p class="spread">
        <span>
          <strong>{formatName(kind)}</strong>{" "}
          {findable[service].includes(kind) ? (
            <a class="row mono" href={addressOf(`/find/${id}`)} title={id}>
              {shortId(id)}
            </a>
          ) : (
            <span class="mono" title={id}>
              {shortId(id)}
            </span>
          )}
        </span>
        <span class="quiet">
          {formatAge(since)}, since <Time at={since} /> · {service} service
        </span>
      </p>
      <dl>
        <dt>Cause</dt>
        <dd>{cause}</dd>
        <dt>Remedy</dt>
        <dd>{remedy}</dd>
      </dl>
    </li>
  );
}
