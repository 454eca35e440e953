variable "domain" {
  description = "Your host name and its certificate; null: AWS's host name."
  type        = object({ name = string, certificate_arn = string })
  default     = null
}
