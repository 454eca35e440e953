# Sleep and wake for a DB instance that is there already: no network of ours, nothing of the finance app.

module "dormouse" {
  source = "../.."

  name  = var.name
  part  = "lifecycle"
  mode  = var.mode
  probe = length(var.subnet_ids) > 0 ? "inside" : "metrics"
  existing_database = {
    identifier         = var.database
    database_name      = var.database_name
    subnet_ids         = var.subnet_ids
    security_group_ids = var.security_group_ids
  }
  idle_minutes   = var.idle_minutes
  price_per_hour = var.price_per_hour
  alarm_emails   = var.alarm_emails
}
