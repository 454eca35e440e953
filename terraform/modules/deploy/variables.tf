variable "name" {
  description = "Name of the deployment: the role may make IAM roles of this prefix only."
  type        = string
}

variable "repository" {
  description = "GitHub repository, as owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", var.repository))
    error_message = "A repository is owner/name, without wildcards."
  }
}

variable "branch" {
  description = "Branch whose workflows may deploy; null with `environment`."
  type        = string
  default     = null
}

variable "environment" {
  description = "GitHub environment whose jobs may deploy, where reviewers can stand before it."
  type        = string
  default     = null

  validation {
    condition     = (var.branch == null) != (var.environment == null)
    error_message = "Give either a branch or an environment: without one of them every pull request could deploy."
  }
}

variable "provider_arn" {
  description = "ARN of GitHub's OIDC provider where the account has it already (there can be only one); null: it is made."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
