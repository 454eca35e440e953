variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "part" {
  description = "What system.json declares of this part, every reference resolved: `functions`, `tables`, `queues`, `topics`, `buckets`, `schedules`, `events`, `bundles`, `vpc` and `options` as modules/part takes and checks them."
  type        = any
}

variable "dead_letters" {
  description = "ARN of the queue for events that failed for good."
  type        = string
}

variable "alarm_topic_arn" {
  description = "SNS topic of the alarms."
  type        = string
}

variable "origins" {
  description = "Origins of the pages that may send files to a bucket's folder for uploads."
  type        = list(string)
  default     = []
}

variable "streams" {
  description = "Streams, by their table's key, of tables that are made elsewhere."
  type        = map(string)
  default     = {}
}

variable "mail" {
  description = "With SES: the domain that mails come from, whether it is made an identity here, and the name of the configuration set. Null: mails go by SNS."
  type        = object({ domain = string, identity = bool, configuration_set = string })
  default     = null
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
