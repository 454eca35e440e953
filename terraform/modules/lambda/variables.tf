variable "function" {
  description = "The function. `may` is all that its code is allowed: one statement for each entry. `streams` are ARNs of DynamoDB streams that Lambda reads for it, `queues` of SQS queues. `dead_letters` is the queue for events that failed for good."
  type = object({
    name                 = string
    role_name            = string
    description          = string
    bundle               = string
    memory_mb            = number
    timeout_seconds      = number
    environment          = map(string)
    may                  = list(object({ action = string, resources = list(string) }))
    dead_letters         = string
    handler              = optional(string, "index.handler")
    runtime              = optional(string, "nodejs24.x")
    architecture         = optional(string, "arm64")
    log_retention_days   = optional(number, 30)
    log_level            = optional(string, "INFO")
    kms_key_arn          = optional(string)
    reserved_concurrency = optional(number)
    retries              = optional(number, 2)
    max_event_age        = optional(number, 3600)
    vpc                  = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
    streams              = optional(list(string), [])
    queues               = optional(list(string), [])
  })

  validation {
    condition     = length(var.function.name) <= 64 && length(var.function.role_name) <= 64
    error_message = "AWS takes at most 64 characters for the name of a function or a role: choose a shorter `name`."
  }

  validation {
    condition     = sum([for key, value in var.function.environment : length(key) + length(value)]) < 4096
    error_message = "AWS takes at most 4 KB for the environment of a function."
  }
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
