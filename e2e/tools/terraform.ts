import { findProgram } from "../../__tests__/support/program";
import type { Need } from "./needs";

/** Terraform, as it is found on PATH. */
export const terraform: Need = {
  name: "terraform",
  howToGet: () =>
    findProgram("terraform") ? undefined : "install it: https://developer.hashicorp.com/terraform/install",
};
