import type { Json, Service } from "./api";

/**
 * What moto's budgets lack: the subscribers of a notification, which it takes and never tells, and tags, which it
 * doesn't know.
 */
export function budgets(): Service {
  const subscribers = new Map<string, Json[]>();
  const tags = new Map<string, Json[]>();

  const remember = (budget: string, { Notification, Subscribers }: Json) =>
    subscribers.set(notificationKey(budget, Notification), Subscribers);

  return {
    target: "AWSBudgetServiceGateway",
    forwardsOthers: true,
    operations: {
      CreateBudget: ({ input, forward }) => {
        const { ResourceTags = [], ...rest } = input;
        const name = input.Budget.BudgetName;
        for (const notification of input.NotificationsWithSubscribers ?? []) remember(name, notification);
        tags.set(name, ResourceTags);
        return forward(rest);
      },
      CreateNotification: ({ input, forward }) => {
        remember(input.BudgetName, input);
        return forward(input);
      },
      DescribeSubscribersForNotification: ({ input }) => ({
        Subscribers: subscribers.get(notificationKey(input.BudgetName, input.Notification)) ?? [],
      }),
      ListTagsForResource: ({ input }) => ({ ResourceTags: tags.get(budgetName(input.ResourceARN)) ?? [] }),
    },
  };
}

function notificationKey(budget: string, { NotificationType, ComparisonOperator, Threshold }: Json): string {
  return JSON.stringify([budget, NotificationType, ComparisonOperator, Number(Threshold)]);
}

function budgetName(arn: string): string {
  return arn.split(":budget/")[1] ?? "";
}
