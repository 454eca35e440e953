variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "functions" {
  description = "Functions of this part, by their key in system.json, every reference resolved. `events` are patterns as JSON."
  type = map(object({
    description     = string
    memory_mb       = number
    timeout_seconds = number
    in_vpc          = bool
    environment     = map(string)
    may             = list(object({ action = string, resources = list(string) }))
    schedules       = optional(list(string), [])
    events          = optional(list(string), [])
    streams         = optional(list(object({ table = string, batchSize = number, retries = number, maxAgeSeconds = number, filters = optional(list(string), []) })), [])
    queues          = optional(list(object({ queue = string, batchSize = number })), [])
  }))
}

variable "tables" {
  description = "DynamoDB tables of this part, by their key in system.json. `types` are those of every key's attributes, the indexes' too; an index holds every attribute."
  type = map(object({
    hash_key               = string
    range_key              = optional(string)
    types                  = map(string)
    indexes                = optional(map(object({ hash_key = string, range_key = optional(string) })), {})
    expires                = optional(string)
    stream                 = optional(string)
    point_in_time_recovery = optional(bool, false)
  }))
}

variable "queues" {
  description = "SQS queues of this part, by their key in system.json: seconds until a message that was taken is seen again, after how many times it goes to the dead letters, and the ARNs of the roles that may send."
  type        = map(object({ visibilitySeconds = number, receives = number, senders = optional(list(string), []) }))
  default     = {}
}

variable "topics" {
  description = "SNS topics of this part, by their key in system.json, each with the ARNs of the roles that may publish."
  type        = map(object({ senders = optional(list(string), []) }))
  default     = {}
}

variable "buckets" {
  description = "S3 buckets of this part, by their key in system.json: the name, unique in the world; days after which what lies in a folder goes; the folder into which pages may post."
  type        = map(object({ name = string, expire = optional(map(number), {}), uploads = optional(string) }))
  default     = {}

  validation {
    condition     = alltrue([for bucket in var.buckets : can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", bucket.name))])
    error_message = "S3 takes 3 to 63 lower-case letters, digits and hyphens for a bucket's name: choose a shorter `name`."
  }
}

variable "origins" {
  description = "Origins of the pages that may post a file to a bucket's folder for uploads."
  type        = list(string)
  default     = []
}

variable "streams" {
  description = "ARNs of streams, by their table's key, of tables that are made elsewhere."
  type        = map(string)
  default     = {}
}

variable "schedules" {
  description = "Schedules of the functions, by their key in system.json: EventBridge's expression (`rate(…)`, or `cron(…)` in UTC), and what it is for."
  type        = map(object({ expression = string, description = string }))
  default     = {}
}

variable "events" {
  description = "EventBridge patterns of the functions as JSON, by their key in system.json, every reference resolved."
  type        = map(string)
  default     = {}
}

variable "bundles" {
  description = "Folder of the functions' zips, made by `npm run build`."
  type        = string
}

variable "dead_letters" {
  description = "ARN of the queue for events that failed for good."
  type        = string
}

variable "vpc" {
  description = "Where the functions of the data plane stand; null: outside any VPC."
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
  default     = null
}

variable "options" {
  description = "What holds for every function and table."
  type = object({
    log_retention_days   = optional(number, 30)
    log_level            = optional(string, "INFO")
    kms_key_arn          = optional(string)
    deletion_protection  = optional(bool, true)
    reserved_concurrency = optional(map(number), {})
  })
  default = {}
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
