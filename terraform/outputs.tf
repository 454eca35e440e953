output "api_url" {
  description = "Where the API answers."
  value       = module.api.url
}

output "console_url" {
  description = "The web page with the button."
  value       = "${module.api.url}/"
}

output "next_command" {
  description = "What to do next."
  value       = var.part == "all" ? "npm run migrate -- --name ${var.name}" : "npm run create-user -- --deployment ${var.name} --name YOUR-NAME --email YOUR-ADDRESS --operator"
}

output "name" {
  description = "Name of this deployment."
  value       = var.name
}

output "region" {
  description = "Region of this deployment."
  value       = local.region
}

output "database" {
  description = "The DB instance: identifier, host, port, the application's database, and the secret of the master password where there is one."
  value = {
    id                = local.database.id
    host              = local.database.host
    port              = local.database.port
    name              = local.database.name
    master_secret_arn = one(module.database[*].master_secret_arn)
  }
}

output "user_pool_id" {
  description = "Cognito's user pool."
  value       = module.api.user_pool_id
}

output "auth" {
  description = "Where people sign in, and the console's client there."
  value       = { url = module.api.auth_url, client_id = module.api.auth_client_id }
}

output "functions" {
  description = "Names of the Lambda functions by key."
  value       = { for key, fn in merge(module.lifecycle.functions, one(module.finance[*].functions)) : key => fn.name }
}

output "tables" {
  description = "Names of the DynamoDB tables by key."
  value       = merge(module.lifecycle.tables, one(module.finance[*].tables))
}

output "dead_letters_url" {
  description = "Queue of what failed for good."
  value       = module.lifecycle.dead_letters.url
}

output "alarm_topic_arn" {
  description = "SNS topic of the alarms, for subscriptions of one's own."
  value       = module.lifecycle.alarm_topic_arn
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard; null without one."
  value       = module.lifecycle.dashboard
}

output "domain_target" {
  description = "What the DNS record of your own host name points to; null without `domain`."
  value       = module.api.domain_target
}

output "mail_records" {
  description = "With mail_sender ses: CNAME records, by name, that the DNS of mail_from's domain needs before SES sends in its name."
  value       = var.part == "all" ? module.finance[0].mail_records : {}
}
