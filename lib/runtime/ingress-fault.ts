import { ALB } from "../fleet/fleet";
import type { Cause } from "./cause";
import type { Fault } from "./diagnosis";
import { type Observation, timeOf } from "./observation";
import type { ObservedEvent, ObservedObject } from "./observed";

/** Events of the AWS Load Balancer Controller that say that nothing of a load balancer changes any more. */
const GROUP_FAILURES = ["FailedBuildModel", "FailedDeployModel"];

/**
 * What is wrong with an Ingress: a warning since its last success.
 *
 * The Ingress objects of an ALB are one model. One of them that can't be built, maybe another app's, stops the changes of
 * all, and each of them gets the event.
 *
 * @see https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/3790
 */
export function ingressFault(ingress: ObservedObject, seen: Observation): Fault | undefined {
  const events = seen.eventsAbout(ingress);
  const success = events.filter(({ type }) => type === "Normal").at(-1);
  const warnings = events.filter(
    (event) => event.type === "Warning" && (success === undefined || timeOf(event) > timeOf(success)),
  );
  const last = warnings.at(-1);
  if (last !== undefined) return { ...faultOfEvent(last, ingress), events: warnings };
  // Other controllers leave the address out where they are set up so.
  if (ingress.spec?.ingressClassName !== ALB || ingress.status?.loadBalancer?.ingress?.length) return undefined;
  return { summary: "has no load balancer yet", cause: { kind: "no-load-balancer" } };
}

function faultOfEvent({ reason, message }: ObservedEvent, ingress: ObservedObject): { summary: string; cause: Cause } {
  const hosts = (ingress.spec?.rules ?? []).flatMap(({ host }) => host ?? []).join(", ");
  if (!GROUP_FAILURES.includes(reason)) {
    return { summary: `is not accepted by its controller (${hosts})`, cause: { kind: "refused-ingress" } };
  }
  const { namespace = "", name } = ingress.metadata;
  const culprit = culpritOf(message) ?? { namespace, name };
  const isForeign = culprit.namespace !== namespace || culprit.name !== name;
  const whose = isForeign ? `Ingress ${culprit.name} in ${culprit.namespace}` : "it";
  const host = message.match(/no certificate found for host: ([\w*.-]+)/)?.[1];
  const stopped = "so the load balancer takes no change of any app in its group";
  if (host !== undefined) {
    return {
      summary: `${isForeign ? `is stopped by ${whose}` : "is refused"}: no certificate covers ${host}, ${stopped}`,
      cause: { kind: "certificate", host, ingress: culprit, isForeign },
    };
  }
  return {
    summary: isForeign ? `is stopped by ${whose}, ${stopped}` : `is refused, ${stopped}`,
    cause: { kind: "group", ingress: culprit },
  };
}

/** The Ingress that an event of a group is about. */
function culpritOf(message: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] = message.match(/\bingress: ([a-z0-9.-]+)\/([a-z0-9.-]+)/) ?? [];
  return namespace !== undefined && name !== undefined ? { namespace, name } : undefined;
}
