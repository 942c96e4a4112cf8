import { canonicalRange, isWithin } from "../../../lib/fleet/addresses";

describe("canonicalRange", () => {
  it.each([
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["10.0.3.7/16", "10.0.0.0/16"],
    ["255.255.255.255/1", "128.0.0.0/1"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["2001:DB8:0:0::1/56", "2001:db8::/56"],
    ["2001:0db8:0000:0001:0000:0000:0000:0000/64", "2001:db8:0:1::/64"],
    ["fd00:ec2::23/128", "fd00:ec2::23/128"],
    ["::/0", "::/0"],
    ["::1/128", "::1/128"],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"],
  ])("%s is %s", (text, expected) => expect(canonicalRange(text)).toBe(expected));

  it.each([
    "10.0.0.0",
    "10.0.0.0/33",
    "10.0.0/8",
    "10.0.0.0/08",
    "2001:db8::/129",
    "1::2::3/64",
    "a/8",
    "",
    "::1%eth0/64",
  ])("%j is none", (text) => expect(canonicalRange(text)).toBeUndefined());
});

describe("isWithin", () => {
  it.each([
    ["10.1.0.0/16", "10.0.0.0/8"],
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["1.2.3.4/32", "0.0.0.0/0"],
    ["2001:db8::/56", "2000::/3"],
    ["2001:db8:0:ff::/64", "2001:db8::/56"],
  ])("%s is within %s", (range, other) => expect(isWithin(range, other)).toBe(true));

  it.each([
    ["10.0.0.0/7", "10.0.0.0/8"],
    ["11.0.0.0/16", "10.0.0.0/8"],
    ["2001:db8:0:100::/64", "2001:db8::/56"],
    ["10.0.0.0/8", "::/0"],
    ["::/128", "0.0.0.0/0"],
  ])("%s is not within %s", (range, other) => expect(isWithin(range, other)).toBe(false));
});
