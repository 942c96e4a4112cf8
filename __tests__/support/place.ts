import { namesOf } from "../../lib/fleet/names";
import type { Place } from "../../lib/runtime/remedy";

/** Where the findings of a test are: in the namespace of an app. */
export const PLACE: Place = placeIn("podcore-production");

/** A place in another namespace of the same app. */
export function placeIn(namespace: string): Place {
  const kubectlFor = (other: string) => `kubectl --context main --namespace ${other}`;
  const names = namesOf("podcore");
  const region = "eu-central-1";
  return {
    app: "podcore",
    names,
    environment: "production",
    namespace,
    region,
    kubectl: kubectlFor(namespace),
    kubectlFor,
  };
}
