import { literal } from "../../../lib/terraform/literal";

it.each([
  ["${HOME}", "$${HOME}"],
  ["%{http_code}", "%%{http_code}"],
  ["echo ${A}${B} %{c}", "echo $${A}$${B} %%{c}"],
])("escapes %s", (text, escaped) => {
  expect(literal(text)).toBe(escaped);
});

it.each(["podcast", "$HOME", "$(date)", "100 %", "{}", "$", "a $ {b}"])("leaves %s as it is", (text) => {
  expect(literal(text)).toBe(text);
});
