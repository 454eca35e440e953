output "functions" {
  description = "Functions by key: name, ARN, the ARN for API Gateway, log group and role."
  value = {
    for key, fn in module.function : key => {
      name       = fn.name
      arn        = fn.arn
      invoke_arn = fn.invoke_arn
      log_group  = fn.log_group
      role_name  = fn.role_name
    }
  }
}

output "tables" {
  description = "Names of the DynamoDB tables by key."
  value       = { for key, table in aws_dynamodb_table.this : key => table.name }
}

output "streams" {
  description = "ARNs of the tables' streams, by the table's key."
  value       = { for key, table in aws_dynamodb_table.this : key => table.stream_arn if var.tables[key].stream != null }
}

output "queues" {
  description = "Queues by key: their name, and the name of the queue of their dead letters."
  value       = { for key, queue in aws_sqs_queue.this : key => { name = queue.name, dead_letters = aws_sqs_queue.dead_letters[key].name } }
}

output "topics" {
  description = "ARNs of the topics by key."
  value       = { for key, topic in aws_sns_topic.this : key => topic.arn }
}

output "buckets" {
  description = "Names of the buckets by key."
  value       = { for key, bucket in aws_s3_bucket.this : key => bucket.bucket }
}
