output "functions" {
  description = "Functions by key: name, ARN, the ARN for API Gateway, log group and role."
  value       = module.part.functions
}

output "tables" {
  description = "Names of the DynamoDB tables by key."
  value       = module.part.tables
}

output "streams" {
  description = "ARNs of the tables' streams, by the table's key."
  value       = module.part.streams
}

output "dead_letters" {
  description = "Queue of what failed for good: ARN and URL."
  value       = { arn = aws_sqs_queue.dead_letters.arn, url = aws_sqs_queue.dead_letters.url }
}

output "alarm_topic_arn" {
  description = "SNS topic of the alarms."
  value       = aws_sns_topic.alarms.arn
}

output "dashboard" {
  description = "Name of the dashboard; null without one."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}
