import { type Role, readRole } from "./iam";

/** IAM as another service sees it: what was written a moment ago has not reached it yet. */
export interface SlowIam {
  /** Is told the body of every request. */
  readonly watch: (body: string) => void;
  /** The role as it was some seconds ago; fails where there is none. */
  readonly findRole: (name: string) => Promise<Role>;
}

/**
 * Makes IAM's changes of inline policies spread slowly, which moto's do at once.
 * @param endpoint the address of moto
 * @param seconds how long a policy takes to arrive
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
export function slowIam(endpoint: string, seconds: number): SlowIam {
  const written = new Map<string | null, number>();
  return {
    watch: (body) => {
      const parameters = new URLSearchParams(body);
      if (parameters.get("Action") === "PutRolePolicy") written.set(parameters.get("RoleName"), Date.now());
    },
    findRole: async (name) => {
      const role = await readRole(endpoint, name);
      const arrived = Date.now() >= (written.get(name) ?? 0) + seconds * 1000;
      return arrived ? role : { ...role, policies: [] };
    },
  };
}
