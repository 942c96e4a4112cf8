import { findProgram } from "../../__tests__/support/program";
import type { Need } from "./needs";

/** kubectl, as it is found on PATH. */
export const kubectl: Need = {
  name: "kubectl",
  howToGet: () => (findProgram("kubectl") ? undefined : "install it: https://kubernetes.io/docs/tasks/tools"),
};
