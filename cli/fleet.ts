import { FleetError } from "../lib/fleet/error";
import type { AppSpec, Fleet, PlatformSpec } from "../lib/fleet/fleet";
import { loadFleet } from "../lib/fleet/load";

/** An app of the fleet, and what it shares with the others. */
export interface FoundApp {
  readonly app: AppSpec;
  readonly platform: PlatformSpec;
}

/** The fleet of the current folder, or what is wrong with its files; for commands that deploy nothing. */
export function fleetOf(): Fleet | string {
  try {
    return loadFleet({ providerLock: false });
  } catch (error) {
    if (error instanceof FleetError) return error.message;
    throw error;
  }
}

/** An app by its slug, or what to say where there is none. */
export function findApp({ apps, platform }: Fleet, slug: string): FoundApp | string {
  const app = apps.find((candidate) => candidate.slug === slug);
  if (app) return { app, platform };
  return `apps.json has no app with the slug "${slug}"; it has ${apps.map((one) => one.slug).join(", ") || "none"}`;
}
