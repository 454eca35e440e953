output "functions" {
  description = "Functions by key: name, ARN, the ARN for API Gateway, log group and role."
  value       = module.part.functions
}

output "tables" {
  description = "Names of the DynamoDB tables by key."
  value       = module.part.tables
}

output "widgets" {
  description = "Widgets for the lifecycle's dashboard, of names alone: nothing waits for them."
  value       = local.widgets
}
