import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Cloud, type CloudObject } from "../../sandbox/cloud/cloud";
import { Journal } from "../../sandbox/cloud/journal";
import { temporaryFolder } from "../support/folder";

const file = join(temporaryFolder(), "objects.jsonl");
const object = (id: string, value = {}): CloudObject => ({ type: "aws_ecr_repository", id, scope: "here", value });

beforeEach(() => rmSync(file, { force: true }));

describe("the journal", () => {
  it("is empty without a file", () => {
    expect(new Journal(file).read()).toEqual([]);
  });

  it("ignores a last line that was not finished, and goes on after the line before", () => {
    writeFileSync(file, '{"a":1}\n{"a":2}\n{"a":');
    const journal = new Journal<{ a: number }>(file);
    expect(journal.read()).toEqual([{ a: 1 }, { a: 2 }]);
    journal.append({ a: 3 });
    journal.close();
    expect(readFileSync(file, "utf8")).toBe('{"a":1}\n{"a":2}\n{"a":3}\n');
  });

  it("is readable wherever its writer was killed", () => {
    const journal = new Journal<{ name: string }>(file);
    const entries = ["één", "two", "three"].map((name) => ({ name }));
    for (const entry of entries) journal.append(entry);
    journal.close();
    const whole = readFileSync(file);
    for (let length = 0; length <= whole.length; length += 1) {
      writeFileSync(file, whole.subarray(0, length));
      const lines = whole.subarray(0, length).toString("latin1").split("\n").length - 1;
      expect(new Journal(file).read()).toEqual(entries.slice(0, lines));
    }
  });

  it("says which line somebody else has damaged", () => {
    writeFileSync(file, '{"a":1}\n{"a":\n{"a":3}\n');
    expect(() => new Journal(file).read()).toThrow(/objects\.jsonl line 2 can't be read/);
  });
});

describe("the cloud", () => {
  it("has its objects again when it is opened again", () => {
    const cloud = new Cloud(file);
    cloud.set(object("podcore", { name: "podcore" }));
    cloud.set(object("mailer", { name: "mailer" }));
    cloud.set(object("podcore", { name: "podcore", force_delete: true }));
    cloud.remove(object("mailer"));
    cloud.close();
    expect(new Cloud(file).objects()).toEqual([object("podcore", { name: "podcore", force_delete: true })]);
  });

  it("keeps apart what has one name in two scopes", () => {
    const cloud = new Cloud(file);
    cloud.set(object("podcore", { a: 1 }));
    cloud.set({ ...object("podcore", { a: 2 }), scope: "there" });
    expect(cloud.find("aws_ecr_repository", "here", "podcore")?.value).toEqual({ a: 1 });
    expect(cloud.having("aws_ecr_repository", ["a"], 2)).toHaveLength(1);
    cloud.close();
  });

  it("drops the past from its file, but not the types that a state may still hold", () => {
    const cloud = new Cloud(file);
    for (let revision = 0; revision < 200; revision += 1) cloud.set(object("podcore", { revision }));
    const role = { type: "aws_iam_role", id: "r", scope: "here", value: {} };
    cloud.set(role);
    cloud.remove(role);
    cloud.compact();
    cloud.set(object("mailer"));
    cloud.close();
    expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(3);
    const reopened = new Cloud(file);
    expect(reopened.objects().map(({ id }) => id)).toEqual(["podcore", "mailer"]);
    expect(reopened.types()).toEqual(["aws_ecr_repository", "aws_iam_role"]);
  });

  it("is read while it is being written", () => {
    const cloud = new Cloud(file);
    cloud.set(object("podcore"));
    appendFileSync(file, '{"set":{"type":"aws_');
    expect(new Cloud(file).objects()).toHaveLength(1);
    cloud.close();
  });
});
