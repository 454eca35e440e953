output "console_url" {
  description = "The web page with the button."
  value       = module.dormouse.console_url
}

output "next_command" {
  description = "What to do next."
  value       = module.dormouse.next_command
}

output "deploy_role_arn" {
  description = "Role for `role-to-assume` in GitHub's workflow."
  value       = module.deploy.role_arn
}
