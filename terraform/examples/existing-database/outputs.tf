output "console_url" {
  description = "The web page with the button."
  value       = module.dormouse.console_url
}

output "api_url" {
  description = "Where the API answers."
  value       = module.dormouse.api_url
}

output "next_command" {
  description = "What to do next."
  value       = module.dormouse.next_command
}
