# Alarms by one pattern: each watches one metric, tells somebody, and says what to do.

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = var.alarms

  alarm_name          = "${var.name}-${replace(each.key, "_", "-")}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = each.value.times
  comparison_operator = each.value.unless_below == null ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = coalesce(each.value.unless_below, each.value.above)
  treat_missing_data  = each.value.unless_below == null ? "notBreaching" : "breaching"
  alarm_actions       = var.actions
  tags                = var.tags
}
