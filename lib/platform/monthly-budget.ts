import { BudgetsBudget } from "@cdktf/provider-aws/lib/budgets-budget";
import { Construct } from "constructs";

export interface MonthlyBudgetProps {
  /** Name of the budget: unique in the account. */
  readonly name: string;
  /** US dollars a month, of the whole account. */
  readonly monthlyUsd: number;
  /** Who is told. */
  readonly email: string;
}

/** Tells you by e-mail when 80 % of the month's budget is spent, and when the forecast exceeds it. */
export class MonthlyBudget extends Construct {
  readonly budget: BudgetsBudget;

  constructor(scope: Construct, id: string, { name, monthlyUsd, email }: MonthlyBudgetProps) {
    super(scope, id);
    const notification = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
      notificationType,
      threshold,
      thresholdType: "PERCENTAGE",
      comparisonOperator: "GREATER_THAN",
      subscriberEmailAddresses: [email],
    });
    this.budget = new BudgetsBudget(this, "budget", {
      name,
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: monthlyUsd.toFixed(2),
      limitUnit: "USD",
      notification: [notification("ACTUAL", 80), notification("FORECASTED", 100)],
    });
  }
}
