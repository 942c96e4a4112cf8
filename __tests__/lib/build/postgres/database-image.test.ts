import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { validate } from "dockerfile-utils";
import {
  DATABASE_VOLUME,
  databaseDockerfile,
  databaseImage,
  databaseRecipe,
} from "../../../../lib/build/postgres/database-image";
import { DEBIAN } from "../../../../lib/build/rust/builder";
import { stages } from "../../../support/dockerfile";
import { itWith } from "../../../support/needs";
import { ROOT } from "../../../support/program";

const SCRIPT = join(ROOT, "lib/build/postgres/drover-postgres.sh");
const PROPS = { postgres: 17, renewed: "2026-11-21" };

describe("the recipe", () => {
  const dockerfile = databaseDockerfile(PROPS);
  const [stage, ...others] = stages(dockerfile);
  const texts = (keyword: string) =>
    stage?.instructions.filter((instruction) => instruction.keyword === keyword).map(({ text }) => text);

  it("has no fault that a linter finds", () => {
    expect(validate(dockerfile).map(({ message }) => message)).toEqual([]);
  });

  it("stands on the builder's Debian, and needs no context", () => {
    expect(others).toEqual([]);
    expect(stage).toMatchObject({ name: "postgres", base: `docker.io/library/debian:${DEBIAN}-slim` });
    for (const copy of texts("COPY") ?? []) expect(copy).toMatch(/^<</);
  });

  it("starts the server as somebody without rights, and asks it to end at once", () => {
    expect(texts("USER")).toEqual(["65532:65532"]);
    expect(texts("STOPSIGNAL")).toEqual(["SIGINT"]);
    expect(texts("ENTRYPOINT")).toEqual(['["/usr/local/bin/drover-postgres"]']);
    expect(texts("CMD")).toEqual(['["serve"]']);
  });

  it("keeps its data in a folder of the volume, one for each major version", () => {
    expect(dockerfile).toContain(`PGDATA=${DATABASE_VOLUME}/17 `);
    expect(databaseDockerfile({ ...PROPS, postgres: 18 })).toContain(`PGDATA=${DATABASE_VOLUME}/18 `);
  });

  it("lets nobody in over the network without a password", () => {
    const [, rules = ""] = /pg_hba\.conf\n([\s\S]*?)END_OF_FILE/.exec(dockerfile) ?? [];
    const lines = rules.split("\n").filter((line) => line && !line.startsWith("#"));
    expect(lines).toEqual(["local all postgres peer", "host all all all scram-sha-256"]);
  });

  it("holds the entry point as it is", () => {
    const script = readFileSync(SCRIPT, "utf8");
    expect(dockerfile).toContain(`<<'END_OF_FILE' /usr/local/bin/drover-postgres\n${script}END_OF_FILE\n`);
    expect(script.split("\n")).not.toContain("END_OF_FILE");
  });

  it("takes another major version from the PostgreSQL project", () => {
    expect(dockerfile).not.toContain("apt.postgresql.org");
    expect(databaseDockerfile({ ...PROPS, postgres: 18 })).toMatch(
      /deb \[signed-by=\S+\] https:\/\/apt\.postgresql\.org\S* trixie-pgdg main.* postgresql-18 /s,
    );
  });
});

itWith(["shellcheck"], "the entry point has nothing that shellcheck complains of", () => {
  expect(spawnSync("shellcheck", [SCRIPT], { encoding: "utf8" }).stdout).toBe("");
});

describe("the image", () => {
  const image = (props: Partial<typeof PROPS> = {}) => databaseImage("registry.example/images", { ...PROPS, ...props });

  it("is tagged by its major version and what it is made from", () => {
    expect(image()).toMatch(/^registry\.example\/images:postgres-17-[0-9a-f]{12}$/);
    expect(image()).toBe(image());
    expect(databaseRecipe(PROPS)).toMatchObject({
      file: "postgres-17.Dockerfile",
      dockerfile: databaseDockerfile(PROPS),
      tags: { postgres: image().split(":")[1] },
    });
  });

  it.each([
    ["the major version", { postgres: 18 }],
    ["the day of renewal", { renewed: "2026-12-21" }],
  ])("is another one with %s", (_, props) => expect(image(props)).not.toBe(image()));
});
