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

output "mail_records" {
  description = "With SES and an identity made here: CNAME records that the domain's DNS needs, by name."
  value = {
    for token in try(aws_sesv2_email_identity.mail[0].dkim_signing_attributes[0].tokens, []) :
    "${token}._domainkey.${var.mail.domain}" => "${token}.dkim.amazonses.com"
  }
}
