import { MonthlyBudget } from "../../../lib/platform/monthly-budget";
import { type Body, resource, synth } from "../../support/synth";

const make = (monthlyUsd = 200) =>
  resource(
    synth((stack) => new MonthlyBudget(stack, "budget", { name: "drover", monthlyUsd, email: "me@example.com" })),
    "aws_budgets_budget",
  );

it("counts what the account costs in a month", () => {
  expect(make()).toMatchObject({
    name: "drover",
    budget_type: "COST",
    time_unit: "MONTHLY",
    limit_amount: "200.00",
    limit_unit: "USD",
  });
});

it("takes cents", () => {
  expect(make(99.5).limit_amount).toBe("99.50");
});

it("tells by e-mail when 80 % is spent, and when the forecast is above all of it", () => {
  const notifications = make().notification.map((notification: Body) => [
    notification.notification_type,
    notification.comparison_operator,
    notification.threshold,
    notification.threshold_type,
  ]);
  expect(notifications).toEqual([
    ["ACTUAL", "GREATER_THAN", 80, "PERCENTAGE"],
    ["FORECASTED", "GREATER_THAN", 100, "PERCENTAGE"],
  ]);
  for (const { subscriber_email_addresses } of make().notification) {
    expect(subscriber_email_addresses).toEqual(["me@example.com"]);
  }
});
