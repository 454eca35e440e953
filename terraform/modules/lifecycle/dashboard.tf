# One dashboard, where it is wanted; CloudWatch's first three of an account cost nothing, each further one $3 a month.

locals {
  database_metric = ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.database_id]

  widgets = concat([
    {
      title   = "Awake (minutes of each hour)"
      stat    = "SampleCount"
      period  = 3600
      metrics = [concat(local.database_metric, [{ label = "minutes awake" }])]
    },
    {
      title  = "Compute, US dollars a day"
      stat   = "SampleCount"
      period = 86400
      metrics = [
        [{ expression = "minutes / 60 * ${var.price_per_hour}", label = "spent", id = "spent" }],
        [{ expression = "(1440 - minutes) / 60 * ${var.price_per_hour}", label = "saved", id = "saved" }],
        concat(local.database_metric, [{ id = "minutes", visible = false }]),
      ]
    },
    {
      title  = "Wakes and stops"
      stat   = "Sum"
      period = 3600
      metrics = [
        ["Dormouse", "WakeSeconds", "service", var.name, { stat = "SampleCount", label = "wakes" }],
        ["Dormouse", "Stop", "service", var.name, { label = "stops" }],
      ]
    },
    {
      title  = "Wake time, seconds from the press to serving"
      stat   = "p50"
      period = 3600
      metrics = [
        ["Dormouse", "WakeSeconds", "service", var.name, { label = "median" }],
        ["Dormouse", "WakeSeconds", "service", var.name, { stat = "Maximum", label = "slowest" }],
      ]
    },
    {
      title   = "Attention"
      stat    = "Sum"
      period  = 300
      metrics = [["Dormouse", "Attention", "service", var.name]]
    },
    {
      title   = "Connections"
      stat    = "Maximum"
      period  = 60
      metrics = [["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", var.database_id]]
    },
    {
      title   = "Errors"
      stat    = "Sum"
      period  = 300
      metrics = [for fn in module.part.functions : ["AWS/Lambda", "Errors", "FunctionName", fn.name]]
    },
    {
      title   = "Duration, milliseconds (p99)"
      stat    = "p99"
      period  = 300
      metrics = [for fn in module.part.functions : ["AWS/Lambda", "Duration", "FunctionName", fn.name]]
    },
    {
      title  = "Dead letters: how many, and the oldest's age in seconds"
      stat   = "Maximum"
      period = 300
      metrics = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.dead_letters.name],
        ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", aws_sqs_queue.dead_letters.name, { yAxis = "right" }],
      ]
    },
  ], var.widgets)
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard ? 1 : 0

  dashboard_name = "${var.name}-${local.region}"
  dashboard_body = jsonencode({
    widgets = concat(
      [
        for index, widget in local.widgets : {
          type   = "metric"
          x      = index % 2 * 12
          y      = floor(index / 2) * 6
          width  = 12
          height = 6
          properties = {
            title   = widget.title
            region  = local.region
            stat    = widget.stat
            period  = widget.period
            metrics = widget.metrics
            view    = "timeSeries"
          }
        }
      ],
      [
        {
          type   = "log"
          x      = 0
          y      = ceil(length(local.widgets) / 2) * 6
          width  = 24
          height = 6
          properties = {
            title  = "What was decided, and why"
            region = local.region
            query  = "SOURCE '${module.part.functions["reconcile"].log_group}' | fields @timestamp, phase, action, code, reason | filter message = 'decided' | sort @timestamp desc | limit 50"
            view   = "table"
          }
        },
      ],
    )
  })
}
