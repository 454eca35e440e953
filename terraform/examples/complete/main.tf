# Everything, with the choices that a team makes for good: an address for alarms, a host name, a larger instance, the production's settings.

module "dormouse" {
  source = "../.."

  name = "budget"
  tags = { team = "finance", environment = "production" }

  database = {
    instance_class = "db.t4g.small"
    storage_gb     = 40
    max_storage_gb = 200
    backup_days    = 14
    parameters     = { "log_min_duration_statement" = "500" }
  }
  price_per_hour = 0.036

  idle_minutes = 45
  wake_on      = "request"

  domain          = var.domain
  allowed_origins = ["https://app.example.com"]
  self_sign_up    = false

  alarm_emails      = ["ops@example.com"]
  awake_alarm_hours = 14
  monthly_budget    = 40

  log_retention_days = 90
}

module "deploy" {
  source = "../../modules/deploy"

  name       = "budget"
  repository = "example/budget"
  branch     = "main"
}
