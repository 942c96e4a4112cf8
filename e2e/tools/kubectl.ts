import type { Need } from "./needs";
import { findProgram } from "./process";

/** kubectl, as it is found on PATH. */
export const kubectl: Need = {
  name: "kubectl",
  howToGet: () => (findProgram("kubectl") ? undefined : "install it: https://kubernetes.io/docs/tasks/tools"),
};
