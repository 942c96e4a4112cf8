import { withoutAddedLineBreaks } from "../../../lib/terraform/hcl";

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
