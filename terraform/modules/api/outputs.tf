output "url" {
  description = "Where the API answers."
  value       = local.url
}

output "auth_url" {
  description = "Where people sign in."
  value       = local.auth_url
}

output "auth_client_id" {
  description = "The console's client at the sign-in pages."
  value       = aws_cognito_user_pool_client.console.id
}

output "user_pool_id" {
  description = "The user pool."
  value       = aws_cognito_user_pool.this.id
}

output "domain_target" {
  description = "What a CNAME or alias record of the own host name points to; null without one."
  value       = try(aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].target_domain_name, null)
}

output "access_log" {
  description = "Name of the access log's group."
  value       = aws_cloudwatch_log_group.access.name
}
