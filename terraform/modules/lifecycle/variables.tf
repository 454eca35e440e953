variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "database_id" {
  description = "Identifier of the DB instance that sleeps and wakes."
  type        = string
}

variable "functions" {
  description = "Functions of this part, by their key in system.json, every reference resolved."
  type = map(object({
    description     = string
    memory_mb       = number
    timeout_seconds = number
    in_vpc          = bool
    environment     = map(string)
    may             = list(object({ action = string, resources = list(string) }))
    schedules       = optional(list(string), [])
    events          = optional(list(string), [])
    streams         = optional(list(object({ table = string, batchSize = number, retries = number, maxAgeSeconds = number })), [])
  }))

  validation {
    condition     = contains(keys(var.functions), "reconcile")
    error_message = "The lifecycle needs the function `reconcile`: it alone may start and stop the database."
  }
}

variable "tables" {
  description = "DynamoDB tables of this part, by their key in system.json."
  type = map(object({
    hash_key               = string
    range_key              = optional(string)
    types                  = map(string)
    expires                = optional(string)
    stream                 = optional(string)
    point_in_time_recovery = optional(bool, false)
  }))
}

variable "schedules" {
  description = "Schedules of the functions: EventBridge's expression, and what it is for."
  type        = map(object({ expression = string, description = string }))
}

variable "events" {
  description = "EventBridge patterns of the functions as JSON."
  type        = map(string)
}

variable "bundles" {
  description = "Folder of the functions' zips, made by `npm run build`."
  type        = string
}

variable "timer" {
  description = "EventBridge Scheduler's group for the one-off timer, and the name of the role that it assumes."
  type        = object({ group = string, role_name = string })
}

variable "vpc" {
  description = "Where the probe stands, to look into the database; null: outside any VPC, where it sees nothing."
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
  default     = null
}

variable "options" {
  description = "What holds for every function and table; see modules/part."
  type = object({
    log_retention_days   = optional(number, 30)
    log_level            = optional(string, "INFO")
    kms_key_arn          = optional(string)
    deletion_protection  = optional(bool, true)
    reserved_concurrency = optional(map(number), {})
  })
  default = {}
}

variable "alarms" {
  description = "Who is told, and when. `check_minutes` is the interval of the scheduled check, `awake_hours` how long without a break the database may be up, `monthly_budget` US dollars of the whole account (null: no budget)."
  type = object({
    email          = optional(string)
    check_minutes  = optional(number, 15)
    awake_hours    = optional(number, 24)
    monthly_budget = optional(number)
  })
  default = {}

  validation {
    condition     = var.alarms.awake_hours >= 1 && var.alarms.awake_hours <= 168
    error_message = "CloudWatch looks back at most 7 days: awake_hours is from 1 to 168."
  }
}

variable "price_per_hour" {
  description = "What an hour of the instance's compute costs, in US dollars; the dashboard counts with it."
  type        = number
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
