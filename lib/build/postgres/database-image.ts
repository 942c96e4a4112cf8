import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ImageRecipe, recipeTag } from "../image-recipe";
import { DEBIAN } from "../rust/builder";

/** Major version of PostgreSQL that Debian has; others come from the packages of the PostgreSQL project itself. */
const DEBIAN_POSTGRES = 17;

export interface DatabaseRecipeProps {
  /** Major version of PostgreSQL. */
  readonly postgres: number;
  /** Day on which the platform last asked for newer Debian packages, as "2026-11-01". */
  readonly renewed: string;
}

/** Where the image expects the volume of its data. Each major version has a folder of its own there. */
export const DATABASE_VOLUME = "/var/lib/postgresql";

/**
 * Dockerfile of the image of databases: PostgreSQL, and the AWS CLI for its dumps. Of the S3 clients that Debian has, it
 * is the smallest that takes the credentials of EKS Pod Identity.
 *
 * The server runs as a user that is not root, needs no writable root file system, and is reached over the network by
 * password alone.
 */
export function databaseDockerfile({ postgres, renewed }: DatabaseRecipeProps): string {
  return `# PostgreSQL and what looks after it. Made once; its tag is the hash of this text.

FROM docker.io/library/debian:${DEBIAN}-slim AS postgres
ENV DROVER_RENEWED=${renewed}
# The user is made before the packages, which would take any free id. PostgreSQL's just-in-time compiler is half of its size.
RUN groupadd --gid 65532 postgres \\
 && useradd --uid 65532 --gid 65532 --home-dir ${DATABASE_VOLUME} --no-create-home --shell /bin/bash postgres \\
 && apt-get update \\
 && DEBIAN_FRONTEND=noninteractive apt-get upgrade --yes \\
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ca-certificates postgresql-common \\
 && sed -i "s/^#create_main_cluster = true/create_main_cluster = false/" /etc/postgresql-common/createcluster.conf \\
${packageSource(postgres)} && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends awscli postgresql-${postgres} \\
 && rm -rf /usr/lib/python3/dist-packages/awscli/examples /usr/lib/postgresql/*/lib/bitcode /usr/lib/postgresql/*/lib/llvmjit* \\
    /usr/lib/x86_64-linux-gnu/libLLVM* /usr/share/doc /usr/share/man /usr/share/locale /var/lib/apt/lists/* ${DATABASE_VOLUME}/*
COPY <<'END_OF_FILE' /etc/drover/pg_hba.conf
# Whoever is inside may be the superuser; from outside there is a password, and the superuser has none.
local all postgres peer
host all all all scram-sha-256
END_OF_FILE
COPY --chmod=755 <<'END_OF_FILE' /usr/local/bin/drover-postgres
${entryPoint()}END_OF_FILE
ENV PATH=/usr/lib/postgresql/${postgres}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
    PGDATA=${DATABASE_VOLUME}/${postgres} PGHOST=/tmp HOME=/tmp
USER 65532:65532
WORKDIR ${DATABASE_VOLUME}
# Asks connections to end at once; the default would wait until the last user has gone.
STOPSIGNAL SIGINT
ENTRYPOINT ["/usr/local/bin/drover-postgres"]
CMD ["serve"]
`;
}

/** @see https://www.postgresql.org/download/linux/debian/ */
function packageSource(postgres: number): string {
  if (postgres === DEBIAN_POSTGRES) return "";
  const key = "/usr/share/postgresql-common/pgdg/apt.postgresql.org.asc";
  const source = `deb [signed-by=${key}] https://apt.postgresql.org/pub/repos/apt ${DEBIAN}-pgdg main`;
  return ` && echo "${source}" > /etc/apt/sources.list.d/pgdg.list \\\n && apt-get update \\\n`;
}

/** The recipe of the image of databases. */
export function databaseRecipe(props: DatabaseRecipeProps): ImageRecipe {
  const name = `postgres-${props.postgres}`;
  const dockerfile = databaseDockerfile(props);
  return { file: `${name}.Dockerfile`, dockerfile, tags: { postgres: recipeTag(name, dockerfile) } };
}

/** The image of databases: where it is pushed. */
export function databaseImage(repository: string, props: DatabaseRecipeProps): string {
  return `${repository}:${databaseRecipe(props).tags.postgres}`;
}

function entryPoint(): string {
  const folder = dirname(require.resolve("drover/package.json"));
  return readFileSync(join(folder, "lib/build/postgres/drover-postgres.sh"), "utf8");
}
