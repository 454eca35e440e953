output "arn" {
  description = "ARN for the input `kms_key_arn`."
  value       = aws_kms_key.this.arn
}
