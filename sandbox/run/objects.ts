import { createHash, randomBytes } from "node:crypto";
import { Cloud, type CloudObject } from "../cloud/cloud";
import { pushInto } from "../cloud/push";
import { remove } from "../cloud/removal";
import { Types } from "../cloud/types";
import { SandboxError } from "../error";
import type { Folders } from "../folders";
import { takeLock } from "./lock";

/** Prints what exists, as JSON. Nothing is locked: a reader sees what is there at this moment. */
export function listObjects(folders: Folders, type?: string): void {
  const objects = new Cloud(folders.objects).objects(type);
  process.stdout.write(`${JSON.stringify(objects, null, 2)}\n`);
}

/**
 * Removes an object and what ends with it, behind Terraform's back.
 *
 * @throws when there is no such object
 */
export async function removeObject(folders: Folders, type: string, id: string): Promise<void> {
  await changing(folders, `npm run sandbox -- remove ${type} ${id}`, (cloud) => {
    const found = cloud.objects(type).filter((object) => object.id === id);
    if (found.length === 0) throw new SandboxError(missing(cloud, type, id));
    for (const removed of found.flatMap((object) => remove(cloud, new Types(), object))) {
      process.stdout.write(`removed ${removed.type} ${removed.id}\n`);
    }
  });
}

/**
 * Puts an image into a repository, and prints its tag and digest as `releases.json` wants them.
 *
 * @throws when there is no such repository, or when it is immutable and has the tag
 */
export async function pushImage(
  folders: Folders,
  repository: string,
  tag = randomBytes(20).toString("hex"),
): Promise<void> {
  const digest = `sha256:${createHash("sha256")
    .update(`${repository}:${tag}:${randomBytes(8)}`)
    .digest("hex")}`;
  await changing(folders, `npm run sandbox -- push ${repository}`, (cloud) =>
    pushInto(cloud, new Types(), "image", repository, { tag, digest }),
  );
  process.stdout.write(`${JSON.stringify({ tag, digest })}\n`);
}

async function changing(folders: Folders, command: string, change: (cloud: Cloud) => void): Promise<void> {
  const release = await takeLock(folders, command);
  const cloud = new Cloud(folders.objects);
  try {
    change(cloud);
  } finally {
    cloud.close();
    await release();
  }
}

function missing(cloud: Cloud, type: string, id: string): string {
  const ids = (objects: CloudObject[]) => objects.map((object) => object.id).join(", ");
  const objects = cloud.objects(type);
  const known = objects.length > 0 ? `those of this type are ${ids(objects)}` : `there are ${cloud.types().join(", ")}`;
  return `the sandbox has no ${type} ${id}: ${known}`;
}
