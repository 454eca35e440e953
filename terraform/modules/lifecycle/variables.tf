variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "part" {
  description = "What system.json declares of this part, every reference resolved: `functions`, `tables`, `queues`, `topics`, `buckets`, `schedules`, `events`, `bundles`, `vpc` and `options` as modules/part takes and checks them."
  type        = any

  validation {
    condition     = contains(keys(var.part.functions), "reconcile")
    error_message = "The lifecycle needs the function `reconcile`: it alone may start and stop the database."
  }
}

variable "database_id" {
  description = "Identifier of the DB instance that sleeps and wakes."
  type        = string
}

variable "timer" {
  description = "EventBridge Scheduler's group for the one-off timer, and the name of the role that it assumes."
  type        = object({ group = string, role_name = string })
}

variable "alarms" {
  description = "Who is told, and when. `check_minutes` is the interval of the scheduled check, `awake_hours` how long without a break the database may be up, `monthly_budget` US dollars of the whole account (null: no budget)."
  type = object({
    emails         = optional(list(string), [])
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

variable "dashboard" {
  description = "Make the dashboard: CloudWatch's first three of an account are free, each further one costs $3 a month."
  type        = bool
  default     = true
}

variable "widgets" {
  description = "Further widgets of the dashboard: each with `title`, `stat`, `period` and `metrics`."
  type        = any
  default     = []
}

variable "origins" {
  description = "Origins of the pages that may send files to a bucket's folder for uploads."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
