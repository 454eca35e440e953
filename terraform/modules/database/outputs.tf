output "id" {
  description = "Identifier of the DB instance."
  value       = aws_db_instance.this.identifier

  # Here, because a failed check of an output ends the plan before anything is done.
  precondition {
    condition     = !local.asleep || length(local.changed) == 0
    error_message = "The database is ${aws_db_instance.this.status}, this plan changes its ${join(", ", local.changed)}, and AWS modifies no instance that is not running. ${local.wake}"
  }
}

output "arn" {
  description = "ARN of the DB instance."
  value       = aws_db_instance.this.arn
}

output "resource_id" {
  description = "Resource id of the DB instance, as in the ARNs of `rds-db:connect`."
  value       = aws_db_instance.this.resource_id
}

output "host" {
  description = "Host of the endpoint; it stays when the instance stops."
  value       = aws_db_instance.this.address
}

output "port" {
  description = "Port of the endpoint."
  value       = aws_db_instance.this.port
}

output "name" {
  description = "The application's database."
  value       = var.database_name
}

output "master_secret_arn" {
  description = "Secret with the master password, where `managed_master_secret` is set."
  value       = try(aws_db_instance.this.master_user_secret[0].secret_arn, null)
}
