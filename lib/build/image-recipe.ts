import { createHash } from "node:crypto";
import { stringify } from "yaml";

/** A Dockerfile of the platform's own, which needs no context, and the images that are made from it. */
export interface ImageRecipe {
  /** Name of its file. */
  readonly file: string;
  readonly dockerfile: string;
  /** Tag of each image, by the target of the Dockerfile that it is. */
  readonly tags: Readonly<Record<string, string>>;
}

/** The tag of an image that is made from a Dockerfile: another one with every change of it. */
export function recipeTag(name: string, dockerfile: string): string {
  return `${name}-${createHash("sha256").update(dockerfile).digest("hex").slice(0, 12)}`;
}

/** The files that {@link recipeBuildspec} expects in its bucket, by name: longer than CodeBuild takes in a buildspec. */
export function recipeFiles(recipes: readonly ImageRecipe[]): Record<string, string> {
  return Object.fromEntries(recipes.map(({ file, dockerfile }) => [file, dockerfile]));
}

export interface RecipeBuildspecProps {
  /** Host of the ECR registry. */
  readonly registry: string;
  /** Name of the ECR repository of the images. */
  readonly repository: string;
  /** S3 bucket that holds {@link recipeFiles}. */
  readonly bucket: string;
  readonly region: string;
  readonly recipes: readonly ImageRecipe[];
}

/**
 * What makes the images of all recipes, as a CodeBuild buildspec. Those that are there already are left as they are, so
 * that it can be started at any time.
 */
export function recipeBuildspec({ registry, repository, bucket, region, recipes }: RecipeBuildspecProps): string {
  const make = recipes.map(({ file, tags }) => {
    const path = `/tmp/drover/${file}`;
    const builds = Object.entries(tags).map(([target, tag]) => {
      const build = `docker buildx build --progress plain --file ${path} --target ${target} --provenance=false --output type=image,name=${registry}/${repository}:${tag},push=true,oci-mediatypes=true,compression=zstd,force-compression=true /tmp/drover/empty`;
      return `aws ecr describe-images --region ${region} --repository-name ${repository} --image-ids imageTag=${tag} > /dev/null 2>&1 || ${build}`;
    });
    return [`aws s3 cp --region ${region} s3://${bucket}/${file} ${path}`, ...builds];
  });
  return stringify(
    {
      version: 0.2,
      env: { shell: "bash" },
      phases: {
        pre_build: {
          commands: [
            "mkdir -p /tmp/drover/empty",
            `aws ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${registry}`,
            'if [ -n "${BUILDKIT_HOST:-}" ]; then docker buildx create --driver remote --use "$BUILDKIT_HOST"; else docker buildx create --driver docker-container --use; fi',
          ],
        },
        build: { commands: make.flat() },
      },
    },
    { lineWidth: 0 },
  );
}
