variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "routes" {
  description = "Routes by their key (`GET /database`, `$default`): the function's key, and who may call. Everything but `public` needs a token."
  type        = map(object({ function = string, access = string }))

  validation {
    condition     = alltrue([for route in var.routes : contains(["public", "user", "operator"], route.access)])
    error_message = "The access of a route is public, user or operator."
  }
}

variable "functions" {
  description = "Functions behind the routes, by key."
  type        = map(object({ name = string, invoke_arn = string }))
}

variable "allowed_origins" {
  description = "Origins of other web pages that may call the API."
  type        = list(string)
  default     = []
}

variable "throttle" {
  description = "Requests a second, and at once, that all callers of the API together may send. Routes that wake the database, make work for it or send mail have less (`wake_rate`, `wake_burst`); `routes` (`GET /summary`) sets others."
  type = object({
    rate       = optional(number, 50)
    burst      = optional(number, 100)
    wake_rate  = optional(number, 5)
    wake_burst = optional(number, 20)
    routes     = optional(map(object({ rate = number, burst = number })), {})
  })
  default = {}

  validation {
    condition     = alltrue([for value in concat([var.throttle.rate, var.throttle.burst, var.throttle.wake_rate, var.throttle.wake_burst], flatten([for it in var.throttle.routes : values(it)])) : value >= 1])
    error_message = "A limit below 1 would refuse every request."
  }
}

variable "domain" {
  description = "A host name of one's own and its certificate in ACM (same region); null: AWS's host name. The DNS record is yours to make: see the output `domain_target`."
  type        = object({ name = string, certificate_arn = string })
  default     = null
}

variable "auth_domain" {
  description = "Prefix of the sign-in pages' host name; it is shared by everybody in the region."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.auth_domain)) && !can(regex("aws|amazon|cognito", var.auth_domain))
    error_message = "Cognito takes lower-case letters, digits and hyphens, at most 63, without the words aws, amazon and cognito."
  }
}

variable "self_sign_up" {
  description = "Anybody may make themselves a user. Off: operators do (`npm run create-user`)."
  type        = bool
  default     = false
}

variable "session_days" {
  description = "Days after which a person has to sign in again."
  type        = number
  default     = 30
}

variable "deletion_protection" {
  description = "AWS refuses to delete the user pool while this is set."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "Days that access logs are kept."
  type        = number
  default     = 30
}

variable "kms_key_arn" {
  description = "A key of one's own for the access log; null: AWS's."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
