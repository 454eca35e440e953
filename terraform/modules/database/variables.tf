variable "name" {
  description = "Identifier of the DB instance, and prefix of every other name."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets in at least two zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "RDS wants subnets in at least two zones."
  }
}

variable "security_group_ids" {
  description = "Security groups of the instance."
  type        = list(string)
}

variable "settings" {
  description = "The instance. `storage_gb` is gp3; `max_storage_gb` lets RDS grow it (null: never). Windows are UTC and must not meet; without `backup_window` the backup is made about the middle of the region's working day, because RDS makes none while the database sleeps (on one zone storage may pause for some seconds then). `managed_master_secret` keeps the master password in Secrets Manager ($0.40 a month, asleep or not); without it nobody keeps one."
  type = object({
    postgres_version      = optional(string, "18")
    instance_class        = optional(string, "db.t4g.micro")
    storage_gb            = optional(number, 20)
    max_storage_gb        = optional(number, 100)
    multi_az              = optional(bool, false)
    backup_days           = optional(number, 7)
    backup_window         = optional(string)
    maintenance_window    = optional(string, "sun:03:30-sun:04:30")
    performance_insights  = optional(bool, true)
    managed_master_secret = optional(bool, false)
    kms_key_arn           = optional(string)
    snapshot_identifier   = optional(string)
    parameters            = optional(map(string), {})
  })
  default = {}

  validation {
    condition     = can(regex("^1[6-9](\\.[0-9]+)?$|^[2-9][0-9](\\.[0-9]+)?$", var.settings.postgres_version))
    error_message = "PostgreSQL 16 or newer, as a major version such as 18 (RDS picks the minor one) or as 18.1."
  }

  validation {
    condition     = can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.settings.instance_class))
    error_message = "An instance class looks like db.t4g.micro."
  }

  validation {
    condition     = var.settings.storage_gb >= 20 && (var.settings.max_storage_gb == null || coalesce(var.settings.max_storage_gb, 0) > var.settings.storage_gb)
    error_message = "gp3 storage begins at 20 GB, and the maximum has to be more than that (or null)."
  }

  validation {
    condition     = var.settings.backup_window == null || can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$", var.settings.backup_window))
    error_message = "A backup window is 30 minutes or more in UTC, such as 12:00-13:00: best at an hour when the database is in use, because RDS makes no backup while it sleeps."
  }

  validation {
    condition     = var.settings.backup_days >= 1 && var.settings.backup_days <= 35
    error_message = "Automated backups are kept 1 to 35 days: Dormouse stays awake for a backup when the newest one is too old, so there has to be one."
  }
}

variable "database_name" {
  description = "The application's database."
  type        = string
  default     = "app"
}

variable "deletion_protection" {
  description = "AWS refuses to delete the instance while this is set."
  type        = bool
  default     = true
}

variable "final_snapshot" {
  description = "Take a last snapshot when the instance is deleted."
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
