output "role_arn" {
  description = "Role for `role-to-assume` in GitHub's workflow."
  value       = aws_iam_role.deploy.arn
}
