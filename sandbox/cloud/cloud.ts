import { type ValueObject, valuesAt } from "../provider/values";
import { Journal } from "./journal";

/** A thing that exists in the cloud. */
export interface CloudObject {
  /** The type of its resource, for example `aws_ecr_repository`; what is no resource has a name without underscores. */
  readonly type: string;
  /** What Terraform knows it by; unique for its type and scope. */
  readonly id: string;
  /** The region, the owner or the cluster that it belongs to. */
  readonly scope: string;
  /** Its attributes, as Terraform keeps them. */
  readonly value: ValueObject;
}

/** One line of the file of objects. */
type Entry =
  | { readonly set: CloudObject }
  | { readonly remove: Pick<CloudObject, "type" | "id" | "scope"> }
  | { readonly types: readonly string[] };

/**
 * The cloud: all objects of all stacks, kept in one file that holds every change. The file is compacted when it is
 * opened for writing and more than half of its lines are of the past.
 */
export class Cloud {
  private readonly journal: Journal<Entry>;
  private readonly byType = new Map<string, Map<string, CloudObject>>();
  private readonly seen = new Set<string>();
  /** How many lines the file has. */
  private lines: number;

  /** @param file the file of objects; a missing one is an empty cloud */
  constructor(file: string) {
    this.journal = new Journal(file);
    const entries = this.journal.read();
    for (const entry of entries) this.replay(entry);
    this.lines = entries.length;
  }

  /** Drops the past from the file, if there is much of it. Only whoever holds the lock may do so. */
  compact(): void {
    const objects = this.objects();
    if (this.lines < 100 || this.lines < 2 * objects.length) return;
    this.journal.rewrite([{ types: this.types() }, ...objects.map((set) => ({ set }))]);
    this.lines = objects.length + 1;
  }

  /** All objects, or those of one type, in the order in which they were made. */
  objects(type?: string): CloudObject[] {
    if (type !== undefined) return [...(this.byType.get(type)?.values() ?? [])];
    return [...this.byType.values()].flatMap((objects) => [...objects.values()]);
  }

  /** All types that there ever was an object of: a state may still hold one that is gone. */
  types(): string[] {
    return [...this.seen].sort();
  }

  find(type: string, scope: string, id: string): CloudObject | undefined {
    return this.byType.get(type)?.get(keyOf(scope, id));
  }

  /** The objects of a type that have a value at a path of arguments, in any scope. */
  having(type: string, path: readonly string[], wanted: unknown): CloudObject[] {
    return this.objects(type).filter(({ value }) => valuesAt(value, path).some((found) => found === wanted));
  }

  /** Makes or changes an object. */
  set(object: CloudObject): void {
    this.append({ set: object });
  }

  remove({ type, id, scope }: CloudObject): void {
    this.append({ remove: { type, id, scope } });
  }

  /** Notes that there is an object of a type elsewhere, of which states may hold one. */
  note(type: string): void {
    if (!this.seen.has(type)) this.append({ types: [type] });
  }

  close(): void {
    this.journal.close();
  }

  private append(entry: Entry): void {
    this.journal.append(entry);
    this.replay(entry);
    this.lines += 1;
  }

  private replay(entry: Entry): void {
    if ("types" in entry) {
      for (const type of entry.types) this.seen.add(type);
    } else if ("set" in entry) {
      const { type, scope, id } = entry.set;
      this.seen.add(type);
      if (!this.byType.has(type)) this.byType.set(type, new Map());
      this.byType.get(type)?.set(keyOf(scope, id), entry.set);
    } else {
      this.byType.get(entry.remove.type)?.delete(keyOf(entry.remove.scope, entry.remove.id));
    }
  }
}

function keyOf(scope: string, id: string): string {
  return `${scope} ${id}`;
}
