import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { databaseDockerfile, databaseRecipe } from "../../lib/build/postgres/database-image";
import type { BuildMachine } from "../tools/build-machine";

/** Repository of the image on a build machine. */
export const DATABASE_REPOSITORY = "drover-database";

/** What the image is made from. */
export const DATABASE_RECIPE = { postgres: 17, renewed: "2026-11-01" };

/** Makes the image of databases, once: it is kept in the cache folder. Returns its tag. */
export async function makeDatabaseImage(machine: BuildMachine): Promise<string> {
  const dockerfile = databaseDockerfile(DATABASE_RECIPE);
  const { postgres: tag = "" } = databaseRecipe(DATABASE_RECIPE).tags;
  await machine.registry.cachedImages(DATABASE_REPOSITORY, { dockerfile }, () =>
    machine.inFolder("database", async (folder) => {
      writeFileSync(join(folder, "Dockerfile"), dockerfile);
      await machine.build({ context: folder, image: machine.image(DATABASE_REPOSITORY, tag) });
    }),
  );
  return tag;
}
