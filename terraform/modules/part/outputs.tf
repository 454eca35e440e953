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
