# What the dashboard shows of the app, beside the lifecycle's own.

locals {
  widgets = concat(
    [
      for key in keys(var.part.queues) : {
        title  = "Queue ${key}: waiting, the oldest's age in seconds, dead letters"
        stat   = "Maximum"
        period = 300
        metrics = [
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${var.name}-${key}"],
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${var.name}-${key}-dead-letters"],
          ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "${var.name}-${key}", { yAxis = "right" }],
        ]
      }
    ],
    [
      for _ in slice(["some"], 0, length([for it in local.reported : it if contains(keys(var.part.functions), it.function)]) > 0 ? 1 : 0) : {
        title   = "Given up: jobs, mails"
        stat    = "Sum"
        period  = 3600
        metrics = [for it in local.reported : ["Dormouse", it.metric, "service", var.name] if contains(keys(var.part.functions), it.function)]
      }
    ],
    [
      {
        title   = "Errors of the app's functions"
        stat    = "Sum"
        period  = 300
        metrics = [for key in keys(var.part.functions) : ["AWS/Lambda", "Errors", "FunctionName", "${var.name}-${key}"]]
      },
      {
        title   = "Duration of the app's functions, milliseconds (p99)"
        stat    = "p99"
        period  = 300
        metrics = [for key in keys(var.part.functions) : ["AWS/Lambda", "Duration", "FunctionName", "${var.name}-${key}"]]
      },
    ],
  )
}
