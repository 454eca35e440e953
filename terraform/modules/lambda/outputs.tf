output "name" {
  description = "Name of the function, once its permissions are there: what triggers it has to wait for them."
  value       = aws_lambda_function.this.function_name
  depends_on  = [aws_iam_role_policy.may, aws_iam_role_policy.runtime]
}

output "arn" {
  description = "ARN of the function, once its permissions are there."
  value       = aws_lambda_function.this.arn
  depends_on  = [aws_iam_role_policy.may, aws_iam_role_policy.runtime]
}

output "invoke_arn" {
  description = "ARN by which API Gateway calls the function."
  value       = aws_lambda_function.this.invoke_arn
}

output "role_name" {
  description = "Name of the function's role."
  value       = aws_iam_role.this.name
}

output "log_group" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.this.name
}
