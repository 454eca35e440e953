# AWS modifies no stopped instance: an apply that tried would fail when half of it is done. So the instance is looked at first, and a plan that would change
# one that sleeps ends here, with what to do.

# The list is empty where there is no instance yet; looking one up that is not there would fail.
data "aws_db_instances" "before" {
  filter {
    name   = "db-instance-id"
    values = [var.name]
  }
}

data "aws_db_instance" "before" {
  count = length(data.aws_db_instances.before.instance_identifiers)

  db_instance_identifier = var.name
}

locals {
  asleep = contains(["stopped", "stopping", "starting"], aws_db_instance.this.status)

  # What AWS tells of the instance beside what is wanted. What it does not tell here (parameters, protection, Performance Insights) the check below warns of.
  changed = flatten([
    for before in data.aws_db_instance.before : [
      for what, differs in {
        backup_days        = before.backup_retention_period != var.settings.backup_days
        backup_window      = before.preferred_backup_window != local.backup_window
        instance_class     = before.db_instance_class != var.settings.instance_class
        maintenance_window = lower(before.preferred_maintenance_window) != lower(var.settings.maintenance_window)
        max_storage_gb     = before.max_allocated_storage != coalesce(var.settings.max_storage_gb, 0)
        multi_az           = before.multi_az != var.settings.multi_az
        postgres_version   = !startswith("${before.engine_version}.", "${var.settings.postgres_version}.")
        # RDS may have let it grow.
        storage_gb = before.allocated_storage < var.settings.storage_gb
      } : what if differs
    ]
  ])

  wake = "Wake it first and hold it awake (`npm run wake -- --hold 1h`), then plan again. Everything else applies while it sleeps."
}

check "awake_for_changes" {
  assert {
    condition     = !local.asleep
    error_message = "The database is ${aws_db_instance.this.status}, and AWS modifies no instance that is not running. If this plan changes the DB instance, or destroys it: ${local.wake}"
  }
}
