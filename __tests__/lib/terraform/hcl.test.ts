import { withConditionBlocks, withoutAddedLineBreaks } from "../../../lib/terraform/hcl";

it("ends a text where it ended before cdktf wrote it as HCL", () => {
  const hcl = 'a = <<EOF\none $${x}\n\ntwo\nEOF\nb = [\n  <<EOF\nthree\n\nEOF,\n  "four",\n]\n';
  expect(withoutAddedLineBreaks(hcl)).toBe(
    'a = trimsuffix(<<EOF\none $${x}\n\ntwo\nEOF\n, "\\n")\nb = [\n  trimsuffix(<<EOF\nthree\n\nEOF\n, "\\n"),\n  "four",\n]\n',
  );
});

it("leaves everything else alone", () => {
  const hcl = 'a = "<<EOF"\nb = "cat <<EOF > file"\n';
  expect(withoutAddedLineBreaks(hcl)).toBe(hcl);
});

it("writes conditions as blocks, with messages on one line", () => {
  const hcl = `lifecycle {
  prevent_destroy = true
precondition = [
{
condition = "\${contains(local.names, "a")}"
error_message = "a is missing; make it:
  make a"
},
{
condition = "\${local.b}"
error_message = "b is missing"
},
]
}
`;
  expect(withConditionBlocks(hcl)).toBe(`lifecycle {
  prevent_destroy = true
precondition {
condition = "\${contains(local.names, "a")}"
error_message = "a is missing; make it:\\n  make a"
}
precondition {
condition = "\${local.b}"
error_message = "b is missing"
}
}
`);
});

it("leaves a list of another name alone", () => {
  const hcl = "conditions = [\n{\na = 1\n},\n]\n";
  expect(withConditionBlocks(hcl)).toBe(hcl);
});
