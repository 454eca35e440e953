variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "part" {
  description = "What system.json declares of this part, every reference resolved: `functions`, `tables`, `schedules`, `events`, `bundles`, `vpc` and `options` as modules/part takes and checks them."
  type        = any
}

variable "dead_letters" {
  description = "ARN of the queue for events that failed for good."
  type        = string
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
